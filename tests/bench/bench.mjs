// Runs the rows one after another (they share two cores, so never at once) and prints one table.
import { rows as hooks } from './hooks.mjs';
import { rows as imports } from './import.mjs';
import { rows as pages } from './pages.mjs';
import { rows as parse } from './parse.mjs';
import { rows as streams } from './streams.mjs';
import { printTable } from './measure.mjs';

const parts = { hooks, pages, imports, parse, streams };
const wanted = (process.env.ROWS ?? Object.keys(parts).join(' ')).split(/\s+/).filter(Boolean);
const table = [];
let failed = 0;

for (const name of wanted) {
  process.stderr.write(`bench: ${name}\n`);
  try {
    table.push(...(await parts[name]({ isFull: process.env.BENCH === 'full' })));
  } catch (e) {
    failed++;
    process.stderr.write(`bench: ${name} could not be measured: ${e.stack}\n`);
  }
}
printTable(table);
process.exitCode = failed ? 1 : 0;
