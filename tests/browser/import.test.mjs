// The main job in a browser: a chat file goes in, is seen and answered, and another person sees it at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { chat, PHONE, shared, shot, Stage, t, until } from './lib.mjs';

let stage;
before(async () => { stage = await Stage.make(); });
after(() => stage?.close());

const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

// Chooses the file, answers what is asked, and ends on the page of this very import.
async function importFile(page, name, text, takesFirst = false) {
  const newest = () => Number(stage.it.cluster.one('SELECT coalesce(max(id), 0) FROM archive'));
  const before = newest();
  await stage.go(page, '/import');
  await page.locator('input[type=file]').first().setInputFiles(file(name, text));
  // Going elsewhere in the address bar drops a file that is still on its way.
  await until('the whole file', () => newest() > before &&
    stage.it.cluster.one(`SELECT state > 0 FROM archive WHERE id = ${newest()}`) === 't');
  await stage.go(page, `/import/${newest()}`);
  const sentence = page.locator('.sentence');
  const question = page.getByRole('heading', { name: t('import.who_are_you') });
  await sentence.or(question).first().waitFor();
  if (await question.isVisible()) {
    await shot(page, 'import-question');
    await page.locator('.options.framed button').filter(takesFirst ? {} : { hasText: 'Dapur Uji' }).first().click();
  }
  await sentence.waitFor();
}

const sums = (page) => page.locator('.sums > div').evaluateAll((rows) => rows.map((r) => r.querySelector('dd').textContent));

test('a WhatsApp file imports, is read and answered, and a second browser sees it without reloading', async () => {
  const page = await stage.open();
  await page.locator('.welcome').waitFor();
  await shot(page, 'first-run');
  await importFile(page, 'Chat WhatsApp dengan Sari Wulandari.txt', chat());
  await shot(page, 'import-done');
  assert.deepEqual((await sums(page)).slice(0, 3), ['7', '0', '0']);

  const other = await stage.open({ size: PHONE });
  await other.getByRole('tab', { name: t('view.open') }).click();
  await other.locator('.row').first().waitFor();
  await page.goto(stage.base + stage.home + '/inbox');
  await page.getByRole('tab', { name: t('view.open') }).click();
  await page.locator('.row', { hasText: 'Sari Wulandari' }).click();
  await page.getByText('Bulan depan pesan lagi').last().waitFor();
  await page.getByText(t('bubble.native', { name: 'Dapur Uji', platform: 'WhatsApp' })).first().waitFor();
  await other.locator('.row', { hasText: 'Sari Wulandari' }).click();
  await other.getByText('Bulan depan pesan lagi').last().waitFor();

  await page.locator('#composer').fill('Siap Kak, daftar harganya kami kirim sore ini.');
  await page.keyboard.press('Control+Enter');
  await page.getByText(t('composer.noted')).waitFor();
  await page.locator('.bubble', { hasText: 'daftar harganya kami kirim' }).getByText(t('delivery.by_hand')).waitFor();
  await other.locator('.bubble', { hasText: 'daftar harganya kami kirim' }).waitFor();
  await shot(page, 'conversation-desktop');
  await shot(other, 'conversation-phone');
  assert.equal(await page.locator('#composer').inputValue(), '');
  assert.deepEqual(page.faults.concat(other.faults), []);
  await page.context().close();
  await other.context().close();
});

test('the same file a second time adds nothing', async () => {
  const page = await stage.open();
  await importFile(page, 'Chat WhatsApp dengan Sari Wulandari.txt', chat());
  const [fresh, known, skipped] = await sums(page);
  assert.deepEqual([fresh, skipped], ['0', '0']);
  assert.equal(known, '7');
  await page.context().close();
});

test('an upload that the line cuts goes on where it stopped', async () => {
  const page = await stage.open();
  const lines = ['12/05/24 09.12 - Bima Saputra: Kak, tanya stok', '12/05/24 09.13 - Dapur Uji: Ada Kak'];
  for (let i = 0; i < 110000; i++)
    lines.push(`13/05/24 10.${String(i % 60).padStart(2, '0')} - Bima Saputra: pesan panjang nomor ${i} supaya berkasnya besar sekali`);
  const text = lines.join('\n') + '\n';
  assert.ok(Buffer.byteLength(text) > 8 * 1024 * 1024, 'three pieces');
  const offsets = [];
  let isCut = false;
  await page.route('**/bytes?offset=*', async (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
    offsets.push(offset);
    if (offset > 0 && !isCut) {
      isCut = true;
      return route.abort('connectionreset');
    }
    return route.continue();
  });
  await stage.go(page, '/import');
  await page.locator('input[type=file]').first().setInputFiles(file('besar.txt', text));
  await until('the whole file', async () =>
    stage.it.cluster.one("SELECT received = size FROM archive WHERE file_name = 'besar.txt'") === 't', 60000);
  assert.ok(isCut);
  assert.equal(offsets.filter((o) => o === 0).length, 1, 'the first piece is not sent again');
  assert.equal(offsets.filter((o) => o === offsets[1]).length, 2, 'the cut piece is sent again');
  await page.context().close();
});

test('a page reloaded between the last piece and the start imports without asking for the file again', async () => {
  const page = await stage.open();
  await page.route('**/archives/*/start', (route) => route.abort('connectionreset'), { times: 1 });
  await stage.go(page, '/import');
  await page.locator('input[type=file]').first().setInputFiles(file('Chat WhatsApp dengan Sari Wulandari.txt', chat()));
  const newest = () => stage.it.cluster.sql('SELECT id, state, received = size FROM archive ORDER BY id DESC LIMIT 1')[0];
  await until('all bytes, and no start', () => newest()[1] === '0' && newest()[2] === 't');
  await stage.go(page, `/import/${newest()[0]}`);
  await page.locator('.sentence').waitFor();
  assert.equal((await sums(page))[1], '7');
  await page.context().close();
});

for (const sample of ['android-id-5k', 'ios-id-5k'])
  test(`the sample ${sample} imports as a whole`, async (context) => {
    const path = shared('samples', 'whatsapp', `${sample}.txt`);
    const truth = shared('samples', 'whatsapp', `${sample}.truth.jsonl`);
    if (!path || !truth) return context.skip('the samples are not here');
    const page = await stage.open();
    await importFile(page, `${sample}.txt`, readFileSync(path), true);
    const records = readFileSync(truth, 'utf8').trim().split('\n').length;
    const [fresh, known, skipped] = (await sums(page)).map((n) => Number(n.replace(/\D/g, '')));
    assert.equal(fresh + known + skipped, records);
    await stage.go(page, '/inbox');
    await page.getByRole('tab', { name: t('view.open') }).click();
    await page.locator('.row').first().click();
    await page.locator('.bubble').first().waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

test('a file that is no chat says what it is not, and keeps nothing', async () => {
  const page = await stage.open();
  await stage.go(page, '/import');
  await page.locator('input[type=file]').first().setInputFiles(file('belanja.txt', 'telur 2 kg\nminyak 1 liter\n'));
  await page.locator('.error-box').first().waitFor();
  await page.getByText(t('import.fault.kept')).waitFor();
  await shot(page, 'import-failed');
  await page.context().close();
});
