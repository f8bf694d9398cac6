// WhatsApp is connected by its form: a wrong token is told, the webhook is set with its word, a message comes in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as whatsapp from '../fakes/whatsapp.mjs';
import { hex } from './connect-kit.mjs';
import { Installation, until } from './lib.mjs';

let fake, it, client, base;
before(async () => {
  fake = await whatsapp.start({ appSecret: hex(16), token: `EAA${hex(20)}` });
  it = await Installation.make({ fsync: false, env: { TANGGAP_META_GRAPH_BASE: fake.url, TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example' } });
  const owner = it.addBusiness();
  await it.serve();
  it.work();
  client = await it.login(owner.email, owner.password);
  base = `/api/v1/b/${owner.business}`;
});
after(async () => {
  it?.destroy();
  await fake?.close?.();
});

const fields = (more = {}) => ({ phone_number_id: fake.phoneId, waba_id: fake.waba, token: fake.token, app_id: fake.appId, app_secret: fake.appSecret, ...more });
const connect = async (given) => (await client.post(`${base}/channels`, { platform: 'whatsapp', fields: given })).json;
const now = async (id) => (await client.get(`${base}/channels`)).json.items.find((c) => c.id === id);
const settled = (id) => until('the check', async () => { const c = await now(id); return c && c.status !== 'checking' ? c : null; });

test('a token that Meta refuses is told, and the right one mends the same channel', async () => {
  const wrong = await settled((await connect(fields({ token: `EAA${'z'.repeat(40)}` }))).id);
  assert.deepEqual([wrong.status, wrong.status_code], ['broken', 'unauthorized']);
  const made = await connect(fields());
  assert.equal(made.id, wrong.id, 'the number is the account');
  const fine = await until('it to be mended', async () => { const c = await now(made.id); return c.status === 'healthy' ? c : null; });
  assert.equal(fine.name, 'Toko Melati');
  assert.equal(fake.subscribed.override_callback_uri, fine.hook_url);
  assert.equal(fake.subscribed.verify_token, fine.verify_token);
  assert.equal(fine.facts.hook.is_set, true);
});

test('a message comes in at the address that was set, signed with the app secret', async () => {
  const [channel] = (await client.get(`${base}/channels`)).json.items;
  const body = fake.body({ contacts: [{ profile: { name: 'Ani Contoh' }, wa_id: '6281210000002' }],
    messages: [{ from: '6281210000002', id: 'wamid.UJI1', timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'Masih buka?' } }] });
  const post = (signature) => it.fetch(new URL(channel.hook_url).pathname, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature } });
  assert.equal((await post(`sha256=${'0'.repeat(64)}`)).status, 401);
  assert.equal((await post(fake.sign(body))).status, 200);
  await until('the message', () => it.cluster.one("SELECT count(*) FROM message WHERE text = 'Masih buka?'") === '1');
});
