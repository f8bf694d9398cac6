// What the connecting tests share: an installation that is reached by https (as Caddy would make it), one fake for each
// platform, and short words for the calls.
import { randomBytes } from 'node:crypto';
import * as instagram from '../fakes/instagram.mjs';
import * as line from '../fakes/line.mjs';
import * as page from '../fakes/page.mjs';
import * as x from '../fakes/x.mjs';
import * as youtube from '../fakes/youtube.mjs';
import { Installation, until } from './lib.mjs';

export const hex = (n) => randomBytes(n).toString('hex');

export class Office {
  static async open() {
    const o = new Office();
    o.page = await page.start({ appSecret: hex(16), token: `EAAPAGE${hex(12)}` });
    o.line = await line.start({ secret: hex(16), token: `line-token-${hex(12)}` });
    o.instagram = await instagram.start({ appSecret: hex(16), token: `IGAA${hex(12)}` });
    o.youtube = await youtube.start();
    o.youtube.client = { id: 'klien-uji.apps.example', secret: 'rahasia-klien-uji' };
    o.x = await x.start();
    try {
      o.it = await Installation.make({ fsync: false, env: {
        TANGGAP_META_GRAPH_BASE: o.page.url, TANGGAP_META_IG_GRAPH_BASE: o.instagram.url, TANGGAP_META_IG_TOKEN_BASE: o.instagram.url,
        TANGGAP_LINE_API_BASE: o.line.url, TANGGAP_LINE_DATA_BASE: o.line.url,
        TANGGAP_YOUTUBE_API_BASE: o.youtube.url, TANGGAP_GOOGLE_TOKEN_URL: o.youtube.tokenUrl, TANGGAP_X_API_BASE: o.x.url,
        TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example',
      } });
      o.line.hookDefaults = { host: '127.0.0.1', port: o.it.port };
      o.owner = o.it.addBusiness();
      await o.it.serve();
      o.it.work();
      o.client = await o.it.login(o.owner.email, o.owner.password);
    } catch (e) {
      await o.close();
      throw e;
    }
    return o;
  }

  get base() {
    return `/api/v1/b/${this.owner.business}`;
  }

  async connect(platform, fields, more = {}) {
    const reply = await this.client.post(`${this.base}/channels`, { platform, fields, ...more });
    if (reply.status !== 201) throw new Error(`connect: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  async channels() {
    return (await this.client.get(`${this.base}/channels`)).json.items;
  }

  async channel(id) {
    return (await this.channels()).find((c) => c.id === id);
  }

  settled(id) {
    return until(`channel ${id} to be checked`, async () => {
      const c = await this.channel(id);
      return c && c.status !== 'checking' ? c : null;
    });
  }

  // Begins a login, and is the platform: what it would send the browser back with.
  async login(id) {
    const reply = await this.client.post(`${this.base}/channels/${id}/login`);
    if (reply.status !== 200) throw new Error(`login: ${reply.status} ${reply.text}`);
    return new URL(reply.json.url);
  }

  back(address, query, client = this.client) {
    const to = new URL(address.searchParams.get('redirect_uri'));
    return client.get(`${to.pathname}?${new URLSearchParams({ state: address.searchParams.get('state'), ...query })}`);
  }

  async close() {
    this.it?.destroy();
    for (const fake of [this.page, this.line, this.instagram, this.youtube, this.x]) await fake?.close?.();
  }
}
