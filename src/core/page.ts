/** Where a page of a list ended: lists go newest first, equal times by id downwards, so nothing is skipped or repeated. */
export interface Before {
  at: Date
  id: string
}
