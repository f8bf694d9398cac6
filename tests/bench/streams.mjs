// Memory of an idle event stream: resident size of `serve` before and with 5,000 of them open.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Installation, until } from '../e2e/lib.mjs';
import { background, residentKib, tool } from './measure.mjs';

const STREAMS = 5000;
const A_PERSON = 5; // what the server allows one person

export async function rows() {
  const it = await Installation.make();
  try {
    const { business } = it.addBusiness();
    const people = STREAMS / A_PERSON;
    // A thousand people log in the short way: rows with the hashes of cookies that we know.
    it.cluster.sql(`INSERT INTO person (email, name, password_hash) SELECT 'orang' || i || '@uji.example', 'Orang ' || i, 'x' FROM generate_series(1, ${people}) i`);
    it.cluster.sql(`INSERT INTO member (business_id, person_id, role) SELECT ${business}, id, 3 FROM person WHERE password_hash = 'x'`);
    it.cluster.sql(`INSERT INTO session (token_hash, person_id, expires_at)
      SELECT sha256(convert_to('bench-token-' || id, 'UTF8')), id, now() + interval '1 day' FROM person WHERE password_hash = 'x'`);
    const cookies = path.join(it.cluster.dir, 'cookies');
    writeFileSync(cookies, it.cluster.sql(`SELECT id FROM person WHERE password_hash = 'x'`).map(([id]) => `tanggap=bench-token-${id}\n`).join(''));
    await it.serve();
    const pid = it.processes.get('serve').pid;
    await it.fetch('/healthz');
    const before = residentKib(pid);
    const held = background(tool('streams'), ['--port', it.port, '--count', STREAMS, '--seconds', 25, '--cookies', cookies, '--path',
      `/api/v1/b/${business}/events`].map(String));
    await until('all streams to be open', () => held.lines.some((l) => l.includes('"open"')), 60000);
    const open = JSON.parse(held.lines.find((l) => l.includes('"open"'))).open;
    const after = residentKib(pid);
    await held.ended;
    const left = JSON.parse(held.lines.find((l) => l.includes('"still_open"')));
    if (open !== STREAMS || left.still_open !== STREAMS) throw new Error(`${open} opened, ${left.still_open} still open after a heartbeat`);
    return [{ what: `memory of an idle event stream, ${STREAMS.toLocaleString('en')} open`, ours: (after - before) / open, unit: 'KiB', target: '≤ 20' }];
  } finally {
    it.destroy();
  }
}
