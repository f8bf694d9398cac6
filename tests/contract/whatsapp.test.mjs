// Everything that we say to WhatsApp held against Meta's own specification (and, where it is silent, the reference), by way
// of a fake that keeps what it was told.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { shared } from '../e2e/lib.mjs';
import { failure, start } from '../fakes/whatsapp.mjs';
import { Contract, Driver, missing } from './kit.mjs';
import { cutSpec } from './whatsapp-spec.mjs';

const source = 'upstream/meta-whatsapp-business-messaging-v23.0.yaml', version = 'v23.0';
const key = (n) => `0b1c2d3e-0000-4000-8000-${String(n).padStart(12, '0')}`;
const hook = 'https://toko.example/hooks/whatsapp/kunci';
const siti = '6281234000001';

async function open(fake, spec) {
  const contract = await Contract.open({ name: 'whatsapp', spec, upstream: fake.url });
  contract.against = source;
  contract.common = { platform: 'whatsapp', token: fake.token, app_id: fake.appId, app_secret: fake.appSecret, external_id: fake.phoneId,
    state: { waba_id: fake.waba }, verify_token: 'kata-kita', api_base: contract.url, file_base: `${fake.url}/whatsapp_business`, auth_base: contract.url,
    api_version: version };
  return contract;
}

async function sending(c, fake) {
  fake.message(siti, 'Siti', { text: { body: 'Halo kak' } });
  const to = { kind: 'SEND', thread_id: siti, thread_type: 'direct' };
  const base64 = (text) => Buffer.from(text).toString('base64');

  const words = await c.run({ ...to, text: 'Siap kak', reply_to: 'wamid.IN1', retry_key: key(1) });
  assert.deepEqual([words.outcome, words.external_id], ['OK', fake.sent[0].id]);
  assert.equal(fake.sent[0].body.biz_opaque_callback_data, key(1));
  assert.equal((await c.run({ ...to, text: 'Lihat https://toko.example', retry_key: key(2) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, thread_id: 'ID.13491208655302741918', text: 'Halo', retry_key: key(3) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, thread_id: '120363000000000001', thread_type: 'group', text: 'Halo semua', retry_key: key(4) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, thread_id: '0812-3400-0001', text: 'Halo', retry_key: key(5) })).outcome, 'OK');
  assert.equal(fake.sent.at(-1).to, siti);

  const files = [['image', 'image/jpeg', 'image'], ['video', 'video/mp4', 'video'], ['voice', 'audio/ogg; codecs=opus', 'audio'], ['audio', 'audio/mpeg', 'audio'],
    ['sticker', 'image/webp', 'sticker'], ['file', 'application/pdf', 'document'], ['image', 'image/gif', 'document']];
  for (const [type, mime, wanted] of files) {
    const r = await c.run({ ...to, retry_key: key(6), text: ['image', 'video', 'document'].includes(wanted) ? 'ini ya' : undefined,
      attachment: { type, mime, name: 'katalog "baru".bin' }, attachment_base64: base64(`isi ${mime}`) });
    assert.deepEqual([r.outcome, r.calls.length, fake.sent.at(-1).type], ['OK', 2, wanted]);
    assert.equal(fake.media.get(fake.sent.at(-1).body[wanted].id).bytes.toString(), `isi ${mime}`);
  }
  assert.equal((await c.run({ ...to, retry_key: key(7), attachment: { type: 'image', mime: 'image/png', url: 'https://toko.example/a.png' } })).outcome, 'OK');
  assert.equal((await c.run({ ...to, retry_key: key(8), text: 'Jadi?', choices: ['Ya', 'Tidak'] })).outcome, 'OK');
  assert.equal((await c.run({ ...to, retry_key: key(8), text: 'Yang mana?', choices: ['S', 'M', 'L', 'XL', 'Diambil sendiri di toko besok pagi'] })).outcome, 'OK');
  assert.deepEqual(fake.sent.slice(-2).map((m) => m.body.interactive.type), ['button', 'list']);
  assert.equal((await c.run({ kind: 'REACT', thread_id: siti, target: 'wamid.IN1', text: '👍' })).outcome, 'OK');
  assert.equal((await c.run({ kind: 'REACT', thread_id: siti, target: 'wamid.IN1', text: '' })).outcome, 'OK');
  assert.equal((await c.run({ kind: 'MARK_READ', target: 'wamid.IN1' })).outcome, 'OK');
  assert.deepEqual(fake.read, ['wamid.IN1']);
}

async function templates(c, fake) {
  const body = (text, ...more) => [{ type: 'BODY', text }, ...more];
  fake.templates = [
    { id: '1', name: 'pesanan_siap', language: 'id', status: 'APPROVED', category: 'UTILITY', components: body('Kak {{1}}, pesanan {{2}} siap', { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Lihat', url: 'https://toko.example/{{1}}' }] }) },
    { id: '2', name: 'promo', language: 'id', status: 'APPROVED', category: 'MARKETING', components: [{ type: 'HEADER', format: 'IMAGE' }, ...body('Halo {{nama}}')] },
    { id: '3', name: 'terima_kasih', language: 'id', status: 'PAUSED', category: 'UTILITY', components: body('Terima kasih') },
  ];
  fake.pageSize = 2;
  const first = await c.run({ kind: 'TEMPLATES' }), second = await c.run({ kind: 'TEMPLATES', cursor: first.cursor });
  assert.deepEqual([first.is_last, second.is_last, [...first.facts, ...second.facts].map((t) => t.name)], [false, true, ['pesanan_siap', 'promo', 'terima_kasih']]);

  const to = { kind: 'SEND', send_as: 'TEMPLATE', thread_id: siti, template_language: 'id' };
  const filled = [{ ...first.facts[0].variables[0], text: 'Siti' }, { ...first.facts[0].variables[1], text: '4711' }, { ...first.facts[0].variables[2], text: '4711' }];
  assert.equal((await c.run({ ...to, template_name: 'pesanan_siap', template_values: filled, retry_key: key(20) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, template_name: 'pesanan_siap', template_values: ['Siti', '4711'], retry_key: key(21) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, template_name: 'promo', template_values: [{ where: 'body', name: 'nama', text: 'Siti' }], retry_key: key(22),
    attachment: { type: 'image', mime: 'image/jpeg' }, attachment_base64: 'AAAA' })).outcome, 'OK');
  assert.equal((await c.run({ ...to, template_name: 'terima_kasih', retry_key: key(23) })).outcome, 'OK');
  assert.equal((await c.run({ ...to, template_name: 'pesanan_siap', template_values: ['Siti'], retry_key: key(24) })).why_code, 'template_values');
  assert.equal((await c.run({ ...to, template_name: 'lain', retry_key: key(25) })).why_code, 'template_missing');
}

async function account(c, fake) {
  const check = await c.run({ kind: 'CHECK' });
  assert.deepEqual([check.outcome, check.external_id, check.facts.number, check.facts.missing], ['OK', fake.phoneId, '6281210000001', []]);
  fake.scopes = ['whatsapp_business_messaging'];
  fake.expiresAt = 1795000000;
  const poorer = await c.run({ kind: 'CHECK' });
  assert.deepEqual([poorer.facts.missing, poorer.facts.expires_at.slice(0, 4)], [['whatsapp_business_management'], '2026']);
  assert.equal((await c.run({ kind: 'QUOTA' })).facts.limit, 1000);
  assert.equal((await c.run({ kind: 'HOOK_INFO', hook_url: hook })).facts.hook.is_set, false);
  assert.equal((await c.run({ kind: 'HOOK_SET', hook_url: hook })).outcome, 'OK');
  assert.deepEqual([fake.subscribed.override_callback_uri, fake.subscribed.verify_token, fake.appFields.includes('messages')], [hook, 'kata-kita', true]);
  const info = await c.run({ kind: 'HOOK_INFO', hook_url: hook });
  assert.deepEqual([info.facts.hook.is_set, info.facts.hook.is_this_address, info.facts.missing_fields], [true, true, []]);
  assert.equal((await c.run({ kind: 'HOOK_DROP', state: {} })).outcome, 'OK');      // the account is learnt from the token
  assert.equal(fake.subscribed, null);
  const grant = await c.run({ kind: 'GRANT', code: 'good-code', token: undefined });
  assert.equal(grant.grant.token, fake.token);
  assert.equal((await c.run({ kind: 'BACKFILL', state: { waba_id: fake.waba, coexistence: true } })).is_last, true);
  assert.deepEqual(fake.pasts, ['smb_app_state_sync', 'history']);
}

async function files(c, fake) {
  const id = fake.file(Buffer.from('gambar'));
  const got = await c.run({ kind: 'MEDIA', media_ref: id });
  assert.deepEqual([got.outcome, got.media_bytes, got.media_mime, got.calls.length], ['OK', 6, 'image/jpeg', 2]);
  fake.next('/whatsapp_business', { status: 404 });
  const again = await c.run({ kind: 'MEDIA', media_ref: id });
  assert.deepEqual([again.outcome, again.calls.map((x) => x.status)], ['OK', [200, 404, 200, 200]]);
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: '999' })).why_code, 'file_gone');
  assert.equal((await c.run({ kind: 'MEDIA', media_ref: id, max_bytes: 3 })).why_code, 'file_too_big');
}

async function refusals(c, fake) {
  const to = { kind: 'SEND', thread_id: siti, text: 'Halo', retry_key: key(40) };
  const asked = async (fault, op = to) => {
    fake.next('/messages', fault);
    const r = await c.run(op);
    return [r.outcome, r.why_code];
  };
  assert.deepEqual(await asked({ status: 429, body: failure(130429, 'Rate limit hit') }), ['RETRY_AT', 'slow_down']);
  assert.deepEqual(await asked({ status: 400, body: failure(131056, 'pair rate limit hit') }), ['RETRY_AT', 'slow_down']);
  assert.deepEqual(await asked({ status: 400, body: failure(131047, 'Re-engagement message') }), ['PERMANENT', 'window_closed']);
  assert.deepEqual(await asked({ status: 403, body: failure(10, 'Permission denied') }), ['PERMANENT', 'permission_missing']);
  assert.deepEqual(await asked({ status: 500, body: failure(131000, 'Something went wrong') }), ['UNKNOWN', 'platform_trouble']);
  const before = fake.sent.length;
  fake.message(siti, 'Siti', { text: { body: 'masih?' } });
  assert.equal((await c.run({ ...to, thread_id: '6281299999999' })).outcome, 'OK');       // accepted; its fate comes later
  assert.equal(fake.sent.at(-1).fate.statuses[0].errors[0].code, 131047);
  assert.equal(fake.sent.length, before + 1);
  fake.isRevoked = true;
  const revoked = await c.run(to), check = await c.run({ kind: 'CHECK' });
  assert.deepEqual([revoked.outcome, check.outcome], ['AUTH', 'AUTH']);
  fake.isRevoked = false;
}

// Straight to the fake, since a checking proxy answers for a line that is cut.
async function lines(fake) {
  const c = new Driver();
  const to = { platform: 'whatsapp', kind: 'SEND', token: fake.token, external_id: fake.phoneId, api_base: fake.url, file_base: fake.url, api_version: version,
    thread_id: siti, text: 'Halo', retry_key: key(60) };
  const before = fake.sent.length;
  try {
    fake.next('/messages', { cut: 'before' });
    assert.equal((await c.run(to)).outcome, 'UNKNOWN');
    assert.equal(fake.sent.length, before);
    fake.next('/messages', { cut: 'after' });
    assert.equal((await c.run(to)).outcome, 'UNKNOWN');
    assert.equal(fake.sent.length, before + 1);
    assert.equal(fake.status(fake.sent.at(-1).id, 'sent').statuses[0].biz_opaque_callback_data, key(60));       // by which it is found again
    fake.next('/messages', { html: '<html>Sorry</html>', status: 502 });
    assert.equal((await c.run(to)).outcome, 'UNKNOWN');
    fake.next('/media', { cut: 'after' });
    const upload = await c.run({ ...to, attachment: { type: 'image', mime: 'image/jpeg' }, attachment_base64: 'AAAA' });
    assert.deepEqual([upload.outcome, fake.sent.length], ['RETRY', before + 1]);
  } finally {
    await c.stop();
  }
}

test('WhatsApp: every request is within the specification', { skip: missing(source), timeout: 240000 }, async () => {
  const fake = await start(), spec = cutSpec(shared('specs', source), version, fake);
  const c = await open(fake, spec);
  try {
    await sending(c, fake);
    await templates(c, fake);
    await account(c, fake);
    await files(c, fake);
    await refusals(c, fake);
    await lines(fake);
  } finally {
    await fake.close();
    rmSync(path.dirname(spec), { recursive: true });
    await c.close();
  }
});
