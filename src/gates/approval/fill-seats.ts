/** Someone who counts, with those of the asked groups they are in. */
export interface Voter {
  by: string
  groups: string[]
}

/** A group and what it still lacks or has. */
export interface Seats {
  group: string
  count: number
}

/**
 * Gives every person at most one seat of a group they are in, so that as many seats as possible are filled (augmenting
 * paths, as for any bipartite matching); the groups come first in the order they are asked. What comes back is who sits
 * where: of two ways to sit down, people see one, and never a worse one.
 */
export function fillSeats(asked: Seats[], voters: Voter[]): Map<string, string[]> {
  const seats = asked.flatMap(({ group, count }) => Array.from({ length: count }, () => group))
  const seatOf = new Map<Voter, number>()
  const fill = (seat: number, asking: Set<Voter>): boolean =>
    voters.some((voter) => {
      if (asking.has(voter) || !voter.groups.includes(seats[seat] ?? '')) return false
      asking.add(voter)
      const taken = seatOf.get(voter)
      if (taken !== undefined && !fill(taken, asking)) return false
      seatOf.set(voter, seat)
      return true
    })
  for (const seat of seats.keys()) fill(seat, new Set())
  return new Map(
    asked.map(({ group }) => [group, [...seatOf].filter(([, seat]) => seats[seat] === group).map(([{ by }]) => by)]),
  )
}
