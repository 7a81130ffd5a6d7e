import type { Registries } from '../core/registry.ts'
import { attachBundle } from './attach-bundle.ts'
import { createConversation, type Http } from './conversation.ts'
import { findImage } from './find-image.ts'

/** Registries as they are reached over HTTP; where that may go is for `http` to say. */
export function createRegistries(http: Http): Registries {
  return {
    find: (image, access, room) => findImage(createConversation(http, image, { access, writes: false }), image, room),
    attach: (image, bundle, access) =>
      attachBundle(createConversation(http, image, { access, writes: true }), image, bundle),
  }
}
