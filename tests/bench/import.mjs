// A 1,000,000-message WhatsApp export through `tanggap import`, against COPY + one set-based merge of the same messages.
import { createWriteStream, openSync, closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { Installation, program, root } from '../e2e/lib.mjs';
import { ceiling, run, timed } from './measure.mjs';

function makeExport(file, messages) {
  const out = openSync(file, 'w');
  const made = spawnSync('node', [path.join(root, 'tests/bench/make-whatsapp.mjs'), String(messages)], { stdio: ['ignore', out, 'inherit'] });
  closeSync(out);
  if (made.status !== 0) throw new Error('the export could not be made');
}

// The same messages as COPY text for the ceiling, by way of our own parser.
async function makeStage(it, exported, stage) {
  const out = createWriteStream(stage);
  const parse = spawn(program, ['parse', '--format', 'whatsapp', '--tz', 'UTC', exported], { env: it.env, stdio: ['ignore', 'pipe', 'inherit'] });
  let n = 0;
  for await (const line of createInterface({ input: parse.stdout })) {
    const event = JSON.parse(line);
    const body = (event.text ?? '').replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r');
    if (!out.write(`1\t${(event.author?.name ?? 'system').replace(/[\t\\]/g, ' ')}\tm${n++}\t${body}\n`)) {
      await new Promise((resolve) => out.once('drain', resolve));
    }
  }
  await new Promise((resolve) => out.end(resolve));
  return n;
}

export async function rows({ isFull }) {
  const messages = isFull ? 1000000 : 200000;
  const it = await Installation.make();
  try {
    const { business } = it.addBusiness();
    const exported = path.join(it.state, 'WhatsApp Chat with Bench.txt');
    const stage = path.join(it.state, 'stage.copy');
    makeExport(exported, messages);
    const n = await makeStage(it, exported, stage);
    it.cluster.sql('CREATE DATABASE ceiling', 'postgres');
    await run('psql', ['-q', '-h', it.cluster.dir, '-U', 'tanggap_super', '-f', ceiling('schema.sql'), 'ceiling']);
    const began = performance.now();
    await run('sh', ['-c', `psql -q -v ON_ERROR_STOP=1 -h ${it.cluster.dir} -U tanggap_super -f ${ceiling('merge.sql')} ceiling < ${stage}`]);
    const peer = n / ((performance.now() - began) / 1000);
    it.command(['channel', 'add', '--business', String(business), '--platform', 'whatsapp', '--file', '--name', 'Bench']);
    const ours = await timed(program, ['import', exported, '--business', String(business), '--channel', 'Bench', '--tz', 'UTC', '--self', 'Toko Contoh'], { env: it.env });
    const stored = Number(it.cluster.one('SELECT count(*) FROM message'));
    if (stored < n * 0.999) throw new Error(`${n} messages in the file, ${stored} stored`);
    return [
      { what: `file import, ${n.toLocaleString('en')} messages`, ours: n / ours.seconds, peer, unit: 'msg/s', ratio: n / ours.seconds / peer, target: '≥ 0.5' },
      { what: '… peak memory of the importer', ours: ours.kib / 1024, unit: 'MiB', target: '≤ 64' },
    ];
  } finally {
    it.destroy();
  }
}
