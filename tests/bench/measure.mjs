// What the benchmark rows share: running tools, medians, memory, the table.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../e2e/lib.mjs';

export const tool = (name) => path.join(root, 'build/bench', name);
export const ceiling = (name) => path.join(root, 'tests/bench/ceiling', name);

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
}

export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 1 << 26, ...options }, (error, stdout, stderr) => {
      if (error && !options.mayFail) reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}

// Whole-process figures of a command, from the operating system: seconds and peak resident KiB.
export async function timed(command, args, options = {}) {
  const { stdout, stderr } = await run('/usr/bin/time', ['-f', '@@%e %M', command, ...args], options);
  const [, seconds, kib] = stderr.match(/@@([\d.]+) (\d+)/);
  return { seconds: Number(seconds), kib: Number(kib), stdout, stderr };
}

// Resident memory of a process now, in KiB.
export function residentKib(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
}

// pgbench of one script: transactions a second and the latency percentiles, which pgbench itself only logs.
export async function pgbench(cluster, database, script, { clients, seconds, user = 'tanggap_super' }) {
  const log = path.join(cluster.dir, `bench-${process.pid}-${Math.floor(performance.now())}`);
  const { stdout } = await run('pgbench', ['-n', '-M', 'prepared', '-h', cluster.dir, '-U', user, '-c', String(clients), '-j',
    String(Math.min(2, clients)), '-T', String(seconds), '-f', script, '-l', `--log-prefix=${log}`, '--sampling-rate=0.2', database]);
  const { stdout: p99 } = await run('sh', ['-c',
    `cat ${log}.* | awk '{print $3}' | sort -n | awk '{v[NR]=$1} END {print v[int(NR*0.99)]/1000}'; rm -f ${log}.*`]);
  return { rate: Number(stdout.match(/tps = ([\d.]+)/)[1]), p99: Number(p99) };
}

export async function httpload(port, args, paths) {
  const { stdout } = await run(tool('httpload'), ['--port', String(port), ...args.map(String), ...paths], { mayFail: true });
  return JSON.parse(stdout);
}

export function background(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.lines = [];
  child.stdout.setEncoding('utf8').on('data', (piece) => child.lines.push(...piece.split('\n').filter(Boolean)));
  child.ended = new Promise((resolve) => child.once('close', resolve));
  return child;
}

const figure = (n) => (n === undefined || n === null ? '' : n >= 100 ? Math.round(n).toLocaleString('en') : n.toPrecision(3));

// row: {what, ours, peer, unit, ratio, target} — target is written as in the issue, e.g. "≥ 1.0" or "≤ 40".
export function printTable(rows) {
  const head = { what: 'what', ours: 'ours', peer: 'ceiling/peer', unit: 'unit', ratio: 'ratio', target: 'target', holds: '' };
  const lines = rows.map((r) => ({ ...r, ours: figure(r.ours), peer: figure(r.peer), ratio: r.ratio === undefined ? '' : r.ratio.toFixed(2),
    target: r.target ?? '', holds: holds(r) }));
  const keys = Object.keys(head);
  const widths = keys.map((k) => Math.max(...[head, ...lines].map((l) => String(l[k] ?? '').length)));
  for (const l of [head, ...lines]) console.log(keys.map((k, i) => String(l[k] ?? '').padEnd(widths[i])).join('  ').trimEnd());
}

function holds(r) {
  const [, sign, limit] = r.target?.match(/^([≥≤]) ([\d.]+)/) ?? [];
  if (!sign) return '';
  const value = r.ratio ?? r.ours;
  return (sign === '≥' ? value >= Number(limit) : value <= Number(limit)) ? 'holds' : 'MISSED';
}
