/**
 * How many runs a property gets: the usual number, or more when WEIR_FUZZ_RUNS asks for more. Fewer is not possible, so
 * that a setting can never weaken the suite.
 */
export const fuzzRuns = (usual: number): { numRuns: number } => ({
  numRuns: Math.max(usual, Number(process.env.WEIR_FUZZ_RUNS) || 0),
})
