/** Whether a number lies beyond its limits. */
export function isOutside(value: number, limit: { low: number | null; high: number | null }): boolean {
  return (limit.low !== null && value < limit.low) || (limit.high !== null && value > limit.high);
}
