import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { imageText, looksLikeImage, readImage } from './image.ts'

const digest = digestOf('image')

test.each([
  [`registry.example.org/shop@${digest}`, 'registry.example.org', 'shop'],
  [`127.0.0.1:5000/team/shop_a__b.c-d@${digest}`, '127.0.0.1:5000', 'team/shop_a__b.c-d'],
  [`[::1]:5000/shop@${digest}`, '[::1]:5000', 'shop'],
  [`localhost/shop@${digest}`, 'localhost', 'shop'],
])('%s is an image', (text, registry, name) => {
  expect(readImage(text)).toEqual({ registry, name, digest })
  expect(imageText(readImage(text))).toBe(text)
  expect(looksLikeImage(text)).toBe(true)
})

test.each([
  'registry.example.org/shop:1.4',
  'registry.example.org:5000/team/shop:latest',
  `registry.example.org/shop:1.4@${digest}`,
])('A10 %s is a tag, and is refused with what to do', (text) => {
  expect(() => readImage(text)).toThrow('expected an image by digest alone, found the tag')
  expect(looksLikeImage(text)).toBe(true)
})

test('the name that Docker has for its own registry is no host, and the answer says which is', () => {
  expect(() => readImage(`docker.io/library/nginx@${digest}`)).toThrow('registry-1.docker.io')
})

test.each([
  'shop',
  `shop@${digest}`,
  `team/shop@${digest}`,
  `https://registry.example.org/shop@${digest}`,
  `Registry.example.org/shop@${digest}`,
  `registry.example.org/Shop@${digest}`,
  `registry.example.org/../shop@${digest}`,
  `registry.example.org/shop/@${digest}`,
  `registry.example.org//shop@${digest}`,
  `registry.example.org/shop?x@${digest}`,
  `ann:pw@registry.example.org/shop@${digest}`,
  `registry.example.org/shop@${digest.toUpperCase()}`,
  `registry.example.org/shop@${digest}0`,
  'registry.example.org/shop@sha512:00',
  `registry.example.org:99999999/shop@${digest}`,
  `registry.example.org/shop\n@${digest}`,
])('A11 A22 %j is no image', (text) => {
  expect(() => readImage(text)).toThrow('expected an image such as')
})

test.each(['app.tar.gz', './out/app.tar.gz', '../app:1', 'out/app:1', 'C:/app'])('%s is a file', (text) => {
  expect(looksLikeImage(text)).toBe(false)
})
