// A real installation and a real Chromium. Texts are looked up in the catalogue, so a test says what a person sees.
import { readFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { Installation, root } from '../e2e/lib.mjs';

export { until, root, shared } from '../e2e/lib.mjs';

export const PHONE = { width: 360, height: 780 };
export const DESKTOP = { width: 1366, height: 768 };
export const CHROMIUM = process.env.TANGGAP_CHROMIUM ?? '/usr/bin/chromium';
export const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const catalogue = new Map(readFileSync(path.join(root, 'web/words/words.tsv'), 'utf8').split('\n')
  .filter((line) => line && !line.startsWith('#')).map((line) => line.split('\t')).map(([key, id, en]) => [key, { id, en }]));
export function t(key, values = {}, language = 'id') {
  const text = catalogue.get(key)?.[language];
  if (!text) throw new Error(`no such text: ${key}`);
  return text.replace(/\{(\w+)[^}]*\}/g, (hole, name) => String(values[name] ?? hole));
}

export class Stage {
  static async make(options = {}) {
    const stage = new Stage();
    stage.it = await Installation.make({ fsync: false, ...options });
    stage.owner = stage.it.addBusiness();
    await stage.it.serve();
    stage.it.work();
    stage.base = `http://127.0.0.1:${stage.it.port}`;
    stage.home = `/b/${stage.owner.business}`;
    stage.browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    return stage;
  }

  // A person's window. What goes wrong on the page is kept in page.faults.
  async open({ size = DESKTOP, theme = 'light', language = 'id', person = this.owner, isLoggedIn = true, worker = false } = {}) {
    const isPhone = size.width < 720;
    const context = await this.browser.newContext({
      viewport: size, colorScheme: theme, locale: 'id-ID', timezoneId: 'Asia/Jakarta', acceptDownloads: false, serviceWorkers: worker ? 'allow' : 'block',
      ...(isPhone ? { isMobile: true, hasTouch: true } : {}),
    });
    context.setDefaultTimeout(15000);
    const page = await context.newPage();
    page.faults = [];
    page.on('pageerror', (e) => page.faults.push(e.message));
    page.on('console', (m) => {
      if (m.type() === 'error' && !/401 \(Unauthorized\)/.test(m.text())) page.faults.push(m.text());
    });
    if (isLoggedIn) {
      const client = await this.it.login(person.email, person.password);
      if (language !== 'id') await client.patch('/api/v1/me', { language });
      const [name, value] = client.cookie.split('=');
      await context.addCookies([{ name, value, url: this.base, httpOnly: true, sameSite: 'Lax' }]);
      await page.goto(this.base + this.home + '/inbox');
      await page.waitForSelector('.shell');
    } else {
      await page.goto(this.base);
    }
    return page;
  }

  go(page, where) {
    return page.goto(this.base + this.home + where);
  }

  // Conversations as the ingest would have left them, set by set: {n} customers of one channel, each with one message.
  seed(n, { platform = 5, transport = 1, name = 'Pelanggan', text = 'Halo Kak, masih ada stok?' } = {}) {
    const b = this.owner.business;
    const sql = (text) => this.it.cluster.one(text);
    const channel = sql(`INSERT INTO channel (business_id, platform, external_id, name, transport)
      VALUES (${b}, ${platform}, 'seed-${name}', 'Bot ${name}', ${transport}) RETURNING id`);
    this.it.cluster.sql(`
      CREATE TEMP TABLE made AS SELECT g, nextval(pg_get_serial_sequence('contact', 'id')) AS contact,
        nextval(pg_get_serial_sequence('identity', 'id')) AS identity, nextval(pg_get_serial_sequence('thread', 'id')) AS thread,
        nextval(pg_get_serial_sequence('conversation', 'id')) AS conversation, nextval(pg_get_serial_sequence('message', 'id')) AS message,
        now() - g * interval '1 minute' AS at FROM generate_series(1, ${n}) g;
      INSERT INTO contact (id, business_id, name) OVERRIDING SYSTEM VALUE SELECT contact, ${b}, '${name} ' || g FROM made;
      INSERT INTO identity (id, business_id, contact_id, platform, external_id, name) OVERRIDING SYSTEM VALUE
        SELECT identity, ${b}, contact, ${platform}, '${name}' || g, '${name} ' || g FROM made;
      INSERT INTO thread (id, business_id, channel_id, type, external_id, contact_id) OVERRIDING SYSTEM VALUE
        SELECT thread, ${b}, ${channel}, 0, '${name}' || g, contact FROM made;
      INSERT INTO conversation (id, business_id, thread_id, channel_id, contact_id, first_at, last_at, wait_since, started_by,
        last_in_at, last_text, last_side, message_count) OVERRIDING SYSTEM VALUE
        SELECT conversation, ${b}, thread, ${channel}, contact, at, at, at, 1, at, '${text}', 1, 1 FROM made;
      INSERT INTO message (id, business_id, thread_id, conversation_id, channel_id, external_id, direction, sender_kind, sent_at,
        text, identity_id, needs_reply) OVERRIDING SYSTEM VALUE
        SELECT message, ${b}, thread, conversation, ${channel}, '${name}' || g || '/1', 1, 1, at, '${text}', identity, true FROM made;
      INSERT INTO wait (business_id, conversation_id, thread_id, started_at, started_by)
        SELECT ${b}, conversation, thread, at, message FROM made;`);
    return { channel };
  }

  async close() {
    await this.browser?.close();
    this.it?.destroy();
  }
}

// A chat export as a phone writes it; the shop answered all but the last turn.
export function chat(customer = 'Sari Wulandari', shop = 'Dapur Uji') {
  return [
    '12/05/24 09.12 - Pesan dan panggilan dienkripsi secara end-to-end. Tidak seorang pun di luar chat ini dapat membaca atau mendengarkannya.',
    `12/05/24 09.12 - ${customer}: Kak, nasi kotak masih bisa pesan untuk 20 Mei?`,
    `12/05/24 09.15 - ${shop}: Bisa Kak, untuk berapa kotak?`,
    `12/05/24 09.17 - ${customer}: 40 kotak, ayam bakar`,
    `12/05/24 09.20 - ${shop}: Siap, totalnya Rp 880.000`,
    `25/05/24 10.01 - ${customer}: Terima kasih ya, enak semua`,
    `25/05/24 10.02 - ${customer}: Bulan depan pesan lagi, bisa minta daftar harga?`,
  ].join('\n') + '\n';
}

// For a person's eyes: pictures are kept only when TANGGAP_SHOTS names a folder.
export async function shot(page, name) {
  const dir = process.env.TANGGAP_SHOTS;
  if (!dir) return;
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true });
  await page.screenshot({ path: path.join(dir, `${name}.png`) });
}
