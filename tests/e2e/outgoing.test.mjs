// One click is at most one message, on every platform, wherever the worker dies: before the request arrives, while the
// platform does it, before its answer is heard, after. What nobody can know is undecided.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { until } from './lib.mjs';
import { arrived, Street } from './street-kit.mjs';

const STEPS = ['before', 'reached', 'answered', 'heard'];
// where a lost answer can be found out, or a second try does no harm
const DECIDES = ['facebook', 'messenger', 'instagram', 'instagram-direct', 'line', 'youtube', 'x', 'x-direct'];

let s;
const rows = new Map();

before(async () => {
  s = await Street.open();
  s.places = {
    facebook: { gate: s.gates.meta, fake: s.page }, messenger: { gate: s.gates.meta, fake: s.page },
    instagram: { gate: s.gates.instagram, fake: s.instagram }, 'instagram-direct': { gate: s.gates.instagram, fake: s.instagram },
    whatsapp: { gate: s.gates.meta, fake: s.whatsapp }, line: { gate: s.gates.line, fake: s.line }, 'line-reply': { gate: s.gates.line, fake: s.line },
    youtube: { gate: s.gates.youtube, fake: s.youtube }, x: { gate: s.gates.x, fake: s.x }, 'x-direct': { gate: s.gates.x, fake: s.x },
    telegram: { gate: s.gates.telegram, fake: s.bot },
  };
  s.youtube.video('vidsatu0001', 'Cara memesan', { publishedAt: new Date(Date.now() - 3600e3).toISOString() });
  STEPS.forEach((step, n) => {
    s.x.addUser(`55500${n}`, `Ana ${n}`, `ana${n}`);
    s.youtube.say('vidsatu0001', 'UCani', `tanya youtube ${step}`);
    s.x.post(`55500${n}`, `@tokomelati tanya x ${step}`);
    s.x.direct(`55500${n}`, s.x.id, `tanya x-direct ${step}`);
  });
  await s.connectAll();
  await hear();
}, { timeout: 120000 });
after(() => s?.close());

// One who asks, for every place and step.
async function hear() {
  const facebook = s.hookPath(await s.channel('facebook')), direct = s.hookPath(await s.channel('instagram'));
  const messenger = facebook, post = s.page.post('Menu baru'), picture = s.instagram.post('Kain baru');
  await Promise.all(STEPS.flatMap((step, n) => {
    const psid = `720000000000000${n}`, igsid = `620000000000010${n}`, phone = `62812555000${n}`;
    const asked = (place) => `tanya ${place} ${step}`;
    return [
      s.page.deliver([s.page.entryOfComment(s.page.comment(post.id, asked('facebook'), { from: `61000000000000${n}`, name: `Ani ${n}` }))], facebook),
      s.page.deliver([s.page.entryOfMessage(psid, s.page.say(psid, asked('messenger')))], messenger),
      s.instagram.deliver([s.instagram.entryOfComment(s.instagram.comment(picture.id, asked('instagram'), { username: `ana.${n}`, from: `62000000000000${n}` }))], direct),
      s.instagram.deliver([s.instagram.entryOfMessage(igsid, s.instagram.say(igsid, asked('instagram-direct')))], direct),
      s.whatsapp.deliver(s.whatsapp.message(phone, `Bu ${n}`, { text: { body: asked('whatsapp') } })),
      s.line.deliver([s.line.message(s.line.person(10 + n, `Cici ${n}`), { type: 'text', text: asked('line') }, { timestamp: Date.now() - 90000 })]),
      Promise.resolve(s.bot.say(s.bot.person(710000 + n, `Budi ${n}`), asked('telegram'))),
    ];
  }));
  for (const place of Object.keys(s.places))
    for (const step of STEPS) if (place !== 'line-reply') rows.set(`${place} ${step}`, await s.row(`tanya ${place} ${step}`));
}

// LINE's token is good for a minute: asked just before it is answered.
async function askOnLine(step, n) {
  await s.line.deliver([s.line.message(s.line.person(30 + n, `Dodi ${n}`), { type: 'text', text: `tanya line-reply ${step}` })]);
  rows.set(`line-reply ${step}`, await s.row(`tanya line-reply ${step}`));
}

async function die(step, n) {
  await askOnLine(step, n);
  const sends = [];
  for (const [place, { gate }] of Object.entries(s.places)) {
    const words = `jawab-${place}-${step}.`, row = rows.get(`${place} ${step}`);
    const hold = gate.hold(words);
    sends.push({ place, step, words, row, hold, sent: await s.say(row, words) });
  }
  await Promise.all(sends.map((one) => until(`${one.words} to leave`, () => Promise.race([one.hold.arrived.then(() => true), new Promise((r) => setTimeout(r, 5, false))]))));
  const how = { before: 'drop', reached: 'forward', answered: 'withhold', heard: 'forward' }[step];
  if (step === 'before' || step === 'reached') await s.it.end('work', 'SIGKILL');
  for (const one of sends) one.hold.release(how);
  if (step !== 'before') await Promise.all(sends.map((one) => one.hold.done));
  if (step === 'answered' || step === 'heard') await s.it.end('work', 'SIGKILL');
  s.it.work();
  return sends;
}

test('killed at each step of a send: at most one message, and what is not known is undecided', { timeout: 400000 }, async () => {
  const sends = [];
  for (const [n, step] of STEPS.entries()) sends.push(...await die(step, n));
  for (const one of sends) {
    const settled = await until(`${one.words} to be settled`, async () => {
      const state = await s.stateOf(one.row, one.sent);
      return ['sent', 'undecided', 'refused'].includes(state) ? state : null;
    }, 200000);
    const there = arrived(s.places[one.place].fake, one.words);
    assert.ok(there <= 1, `${one.words} arrived ${there} times`);
    assert.notEqual(settled, 'refused', one.words);
    if (DECIDES.includes(one.place)) {
      assert.equal(settled, 'sent', one.words);
      assert.equal(there, 1, one.words);
    } else if (one.step !== 'heard') {
      assert.equal(settled, 'undecided', one.words);
      assert.equal(there, one.step === 'before' ? 0 : 1, one.words);
    }
  }
});

test('what WhatsApp says of a message decides the send that was undecided', async () => {
  const row = rows.get('whatsapp answered'), words = 'jawab-whatsapp-answered.';
  const sent = (await s.get(`/conversations/${row.id}/messages`)).pending.find((o) => o.text === words);
  const there = s.whatsapp.sent.find((m) => JSON.stringify(m).includes(words));
  assert.equal(sent.state, 'undecided');
  await s.whatsapp.deliver(s.whatsapp.status(there.id, 'delivered'));
  await until('the send to be known', async () => (await s.stateOf(row, sent)) === 'sent');
  assert.equal(arrived(s.whatsapp, words), 1);
});
