// Hands the two WhatsApp samples to a running deploy/run, as the panel does: node tests/deploy/samples.mjs PORT PASSWORD
import { readFileSync } from 'node:fs';
import { Installation, shared, until } from '../e2e/lib.mjs';

const [port, password] = process.argv.slice(2);
const it = Object.assign(Object.create(Installation.prototype), { port: Number(port) });
const client = await it.login('rini@dapur.example', password);
const base = `/api/v1/b/${client.me.businesses[0].id}`;

for (const name of ['android-id-5k.txt', 'ios-id-5k.txt']) {
  const file = shared('samples/whatsapp', name);
  if (!file) {
    console.log(`skipped: ${name} is not beside this folder`);
    continue;
  }
  const bytes = readFileSync(file);
  const { id } = (await client.post(`${base}/archives`, { file_name: name, size: bytes.length })).json;
  for (let at = 0; at < bytes.length; at += 1 << 20)
    await client.put(`${base}/archives/${id}/bytes?offset=${at}`, bytes.subarray(at, at + (1 << 20)));
  await client.post(`${base}/archives/${id}/start`, { self: 'Toko Contoh' });
  const done = await until(`${name} to be imported`, async () => {
    const now = (await client.get(`${base}/archives/${id}`)).json;
    return ['done', 'failed', 'question'].includes(now.state) && now;
  }, 60000);
  if (done.state !== 'done' || done.summary.read !== 5000) throw new Error(`${name}: ${JSON.stringify(done)}`);
  console.log(`${name}: ${done.summary.read} read, ${done.summary.new} new, ${done.summary.skipped} skipped`);
}
