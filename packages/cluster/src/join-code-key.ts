/** Key of a join code in the directory, whose keys are lower case. */
export function joinCodeKey(joinCode: string): string {
  return joinCode.toLowerCase();
}
