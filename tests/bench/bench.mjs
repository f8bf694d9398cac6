// Runs the rows one after another (they share two cores, so never at once) and prints one table.
import { printTable } from './measure.mjs';

const parts = ['hooks', 'platforms', 'pages', 'import', 'parse', 'streams'];
const wanted = (process.env.ROWS ?? parts.join(' ')).split(/\s+/).filter(Boolean);
const table = [];
let failed = 0;

for (const name of wanted) {
  process.stderr.write(`bench: ${name}\n`);
  try {
    const { rows } = await import(`./${name}.mjs`);
    table.push(...(await rows({ isFull: process.env.BENCH === 'full' })));
  } catch (e) {
    failed++;
    process.stderr.write(`bench: ${name} could not be measured: ${e.stack}\n`);
  }
}
printTable(table);
process.exitCode = failed ? 1 : 0;
