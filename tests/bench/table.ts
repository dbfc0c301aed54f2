/** Prints rows under a title, in columns as wide as what is in them. */
export function print(title: string, rows: string[][]): void {
  const widths = rows[0]!.map((_, n) => Math.max(...rows.map((row) => row[n]!.length)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, n) =>
      n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!),
    );
    return `  ${cells.join('  ')}`;
  });
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}

/** Says whether a figure keeps to its limit; one that does not fails the measuring. */
export function verdict(figure: number, limit: number, unit: string): string {
  if (figure < limit) return `under ${limit} ${unit}`;
  process.exitCode = 1;
  return `OVER ${limit} ${unit}`;
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** The median of how long `work` takes, in milliseconds, after one round that isn't counted. */
export async function timed(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return median(times.slice(1));
}
