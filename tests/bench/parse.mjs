// `tanggap parse --summary` on a WhatsApp export against the npm package whatsapp-chat-parser on the same file.
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program, root } from '../e2e/lib.mjs';
import { median, timed } from './measure.mjs';

const peerAt = path.join(root, 'tests/node_modules/whatsapp-chat-parser');

// The peer is timed inside its process: reading the file and starting Node are not counted against it.
const peerScript = `
import { readFileSync } from 'node:fs';
import { parseString } from 'whatsapp-chat-parser';
const text = readFileSync(process.argv[2], 'utf8');
const start = performance.now();
const messages = parseString(text);
console.log(JSON.stringify({ messages: messages.length, seconds: (performance.now() - start) / 1000 }));
`;

async function measurePeer(folder, file) {
  if (!existsSync(peerAt)) throw new Error('the peer is not installed: run npm ci in tests/');
  const script = path.join(root, 'tests', `.bench-peer-${process.pid}.mjs`);
  writeFileSync(script, peerScript);
  try {
    return JSON.parse((await timed(process.execPath, ['--max-old-space-size=4096', script, file])).stdout);
  } finally {
    rmSync(script);
  }
}

export async function rows() {
  const n = 1_000_000;
  const folder = mkdtempSync(path.join(tmpdir(), 'tanggap-parse-'));
  try {
    const file = path.join(folder, 'WhatsApp Chat - Bench.txt');
    const out = openSync(file, 'w');
    const made = spawnSync(process.execPath, [path.join(root, 'tests/bench/make-whatsapp.mjs'), String(n)], { stdio: ['ignore', out, 'inherit'] });
    closeSync(out);
    if (made.status !== 0) throw new Error('the export could not be made');

    const runs = [];
    const peers = [];
    for (let i = 0; i < 3; i++) {
      const ours = await timed(program, ['parse', '--summary', '--format', 'whatsapp', '--tz', 'UTC', file]);
      const { records } = JSON.parse(ours.stdout);
      if (records !== n) throw new Error(`${n} messages in the file, ${records} read`);
      runs.push(ours);
      const peer = await measurePeer(folder, file);
      if (peer.messages !== n) throw new Error(`${n} messages in the file, the peer read ${peer.messages}`);
      peers.push(n / peer.seconds);
    }
    const ours = median(runs.map((r) => n / r.seconds));
    const peer = median(peers);
    const written = await timed('/bin/sh', ['-c', 'exec "$0" parse --format whatsapp --tz UTC "$1" > /dev/null', program, file]);
    return [
      { what: `parse --summary, ${n.toLocaleString('en')} WhatsApp messages`, ours, peer, unit: 'msg/s', ratio: ours / peer, target: '≥ 5' },
      { what: '… peak memory', ours: Math.max(...runs.map((r) => r.kib)) / 1024, unit: 'MiB', target: '≤ 32' },
      { what: 'parse, normal form written', ours: n / written.seconds, unit: 'msg/s' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
