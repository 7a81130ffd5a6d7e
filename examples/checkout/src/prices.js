/** What one piece costs, in cents. */
export const prices = { tea: 495, mug: 1250, kettle: 3900 }
