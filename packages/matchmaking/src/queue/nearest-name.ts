/** The name that was most likely meant: the beginning of the other, or at most two letters apart. Undefined: none is near. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const word = written.toLowerCase();
  const beginning = names.find((name) => {
    const [short, long] = name.length < word.length ? [name.toLowerCase(), word] : [word, name.toLowerCase()];
    return short.length >= 3 && long.startsWith(short);
  });
  if (beginning !== undefined) return beginning;
  const near = names
    .map((name) => ({ name, apart: lettersApart(word, name.toLowerCase()) }))
    .sort((a, b) => a.apart - b.apart)[0];
  return near && near.apart <= 2 && near.apart < word.length ? near.name : undefined;
}

/** Letters to put in, take out or change (Levenshtein). */
function lettersApart(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
