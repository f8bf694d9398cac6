// A stateful YouTube Data API with one channel, its videos and their comment threads, and Google's token endpoint. It
// counts units as Google does, knows held, spam and rejected comments, hides what was deleted, lists replies five at a
// time within a thread, pages with tokens that it remembers, and misbehaves on request.
import http from 'node:http';

const SCOPE = 'https://www.googleapis.com/auth/youtube.force-ssl';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/'/g, '&#39;').replace(/\n/g, '<br>');

class Refusal extends Error {
  constructor(status, reason, domain = 'youtube.comment', message = `${reason} (<code>${domain}</code>)`) {
    super(message);
    Object.assign(this, { status, body: { error: { code: status, message, errors: [{ message, domain, reason }] } } });
  }
}

class YouTube {
  constructor({ channel = 'UCtoko0000000000000000aa', pageSize = 100, quota = 10000 } = {}) {
    Object.assign(this, { channel, pageSize, quota });
    this.units = 0;
    this.tokens = new Map([['ya29.sah', [SCOPE]]]);
    this.refreshTokens = new Set(['1//segar']);
    this.codes = new Map();
    this.client = { id: 'klien', secret: 'rahasia-klien' };
    this.redirects = new Set(['https://toko.example/oauth/youtube']);
    this.nextToken = 1;
    this.videos = [];
    this.comments = new Map();
    this.pages = new Map();
    this.faults = [];
    this.calls = [];
    this.sent = [];
    this.nextComment = 1;
    this.channels = new Map([[channel, { title: 'Toko Uji', customUrl: '@tokouji', subscriberCount: '1230' }],
      ['UCani', { title: 'Ani', customUrl: '@ani', subscriberCount: '3' }]]);
  }

  // A fault takes the next `times` calls whose path has this piece: {status, reason, body, html, headers, delayMs,
  // cut: 'before' | 'after'}.
  next(piece, fault, times = 1) {
    this.faults.push({ piece, times, ...fault });
  }

  video(id, title, more = {}) {
    this.videos.unshift({ id, title, publishedAt: '2026-09-01T10:00:00Z', viewCount: '1000', likeCount: '20', ...more });
  }

  say(video, author, text, more = {}) {
    const id = `UgxTop${String(this.nextComment++).padStart(18, '0')}`;
    return this.put({ id, video, author, text, ...more });
  }

  reply(parent, author, text, more = {}) {
    const id = `${parent}.9r${String(this.nextComment++).padStart(10, '0')}`;
    return this.put({ id, parent, video: this.comments.get(parent).video, author, text, ...more });
  }

  put(comment) {
    const at = new Date(this.now ?? Date.now()).toISOString().replace(/\.\d+/, '');
    const full = { state: 'published', likes: 0, publishedAt: at, ...comment };
    full.updatedAt ??= full.publishedAt;
    this.comments.set(full.id, full);
    return full;
  }

  edit(id, text, at) {
    Object.assign(this.comments.get(id), { text, updatedAt: at ?? new Date(this.now ?? Date.now()).toISOString() });
  }

  remove(id) {
    for (const key of [...this.comments.keys()]) if (key === id || key.startsWith(`${id}.`)) this.comments.delete(key);
  }

  // ---- resources ----

  comment(c, format) {
    return { kind: 'youtube#comment', etag: `e${c.updatedAt}`, id: c.id, snippet: { channelId: this.channel, videoId: c.video,
      textDisplay: format === 'plainText' ? c.text : escape(c.text), ...(c.author === this.channel ? { textOriginal: c.text } : {}),
      ...(c.parent ? { parentId: c.parent } : {}), authorDisplayName: `@${c.author.slice(2).toLowerCase()}`,
      authorProfileImageUrl: 'https://yt3.ggpht.com/a', authorChannelUrl: `http://www.youtube.com/channel/${c.author}`,
      authorChannelId: { value: c.author }, canRate: true, viewerRating: 'none', likeCount: c.likes,
      ...(c.state !== 'published' ? { moderationStatus: c.state } : {}), publishedAt: c.publishedAt, updatedAt: c.updatedAt } };
  }

  repliesOf(id, state = 'published') {
    return [...this.comments.values()].filter((c) => c.parent === id && c.state === state)
      .sort((a, b) => b.publishedAt.localeCompare(a.publishedAt));
  }

  thread(c, format, parts) {
    if (!parts.includes('snippet')) return { kind: 'youtube#commentThread', etag: 't', id: c.id };
    const replies = this.repliesOf(c.id);
    return { kind: 'youtube#commentThread', etag: 't', id: c.id, snippet: { channelId: this.channel, videoId: c.video, canReply: true,
      totalReplyCount: replies.length, isPublic: c.state === 'published', topLevelComment: this.comment(c, format) },
      ...(replies.length && parts.includes('replies') ? { replies: { comments: replies.slice(0, 5).map((r) => this.comment(r, format)) } } : {}) };
  }

  page(kind, items, q, most) {
    const size = Math.min(Number(q.get('maxResults') ?? 20), most, this.pageSize);
    let from = 0;
    if (q.has('pageToken')) {
      from = this.pages.get(q.get('pageToken'));
      if (from === undefined) throw new Refusal(400, 'invalidPageToken', 'youtube.commentThread');
    }
    const answer = { kind, etag: 'x', pageInfo: { totalResults: items.length, resultsPerPage: size }, items: items.slice(from, from + size) };
    if (from + size < items.length) {
      answer.nextPageToken = `QURT_${this.nextToken++}=`;
      this.pages.set(answer.nextPageToken, from + size);
    }
    return answer;
  }

  // ---- methods ----

  listThreads(q) {
    const parts = q.get('part').split(','), format = q.get('textFormat');
    const filters = ['id', 'videoId', 'postId', 'allThreadsRelatedToChannelId', 'channelId'].filter((k) => q.has(k));
    if (filters.length !== 1) throw new Refusal(400, 'missingRequiredParameter', 'youtube.parameter');
    if (q.has('id') && (q.has('maxResults') || q.has('moderationStatus') || q.has('order') || q.has('pageToken')))
      throw new Refusal(400, 'incompatibleParameters', 'youtube.parameter');
    const tops = [...this.comments.values()].filter((c) => !c.parent);
    if (q.has('id')) {
      const ids = q.get('id').split(',');
      return { kind: 'youtube#commentThreadListResponse', etag: 'x', pageInfo: { totalResults: ids.length, resultsPerPage: ids.length },
        items: tops.filter((c) => ids.includes(c.id) && c.state === 'published').map((c) => this.thread(c, format, parts)) };
    }
    const state = q.get('moderationStatus') ?? 'published';
    const found = tops.filter((c) => (!q.has('videoId') || c.video === q.get('videoId')) &&
      (c.state === state || (state !== 'published' && this.repliesOf(c.id, state).length)));
    found.sort((a, b) => b.publishedAt.localeCompare(a.publishedAt) || b.id.localeCompare(a.id));
    return this.page('youtube#commentThreadListResponse', found.map((c) => this.thread(c, format, parts)), q, 100);
  }

  listComments(q) {
    const format = q.get('textFormat');
    if (q.has('parentId')) {
      if (!this.comments.has(q.get('parentId'))) throw new Refusal(404, 'commentNotFound');
      return this.page('youtube#commentListResponse', this.repliesOf(q.get('parentId')).map((c) => this.comment(c, format)), q, 100);
    }
    const ids = q.get('id').split(',');
    return { kind: 'youtube#commentListResponse', etag: 'x', pageInfo: { totalResults: ids.length, resultsPerPage: ids.length },
      items: ids.map((id) => this.comments.get(id)).filter((c) => c?.state === 'published').map((c) => this.comment(c, format)) };
  }

  words(text) {
    if (typeof text !== 'string' || !text.trim()) throw new Refusal(400, 'commentTextRequired');
    if (text.length > 10000) throw new Refusal(400, 'commentTextTooLong');
    return text;
  }

  insertComment(q, body) {
    const parent = this.comments.get(body.snippet?.parentId);
    if (!body.snippet?.parentId) throw new Refusal(400, 'parentIdMissing');
    if (!parent) throw new Refusal(404, 'parentCommentNotFound');
    if (parent.parent) throw new Refusal(400, 'operationNotSupported');
    const made = this.reply(parent.id, this.channel, this.words(body.snippet.textOriginal));
    this.sent.push({ parent: parent.id, text: made.text, id: made.id });
    return this.comment(made, 'html');
  }

  insertThread(q, body) {
    if (!this.videos.some((v) => v.id === body.snippet?.videoId)) throw new Refusal(404, 'videoNotFound', 'youtube.commentThread');
    const made = this.say(body.snippet.videoId, this.channel, this.words(body.snippet.topLevelComment?.snippet?.textOriginal));
    this.sent.push({ video: made.video, text: made.text, id: made.id });
    return this.thread(made, 'html', ['snippet']);
  }

  ours(id) {
    const c = this.comments.get(id);
    if (!c) throw new Refusal(404, 'commentNotFound');
    if (c.author !== this.channel) throw new Refusal(403, 'forbidden');
    return c;
  }

  moderate(q) {
    for (const id of q.get('id').split(',')) {
      const c = this.comments.get(id);
      if (!c) throw new Refusal(404, 'commentNotFound');
      c.state = q.get('moderationStatus');
    }
    return null;
  }

  listChannels(q) {
    const ids = q.get('mine') === 'true' ? [this.channel] : q.get('id').split(',');
    const items = ids.filter((id) => this.channels.has(id)).map((id) => {
      const c = this.channels.get(id);
      return { kind: 'youtube#channel', etag: 'c', id, snippet: { title: c.title, customUrl: c.customUrl, description: '', publishedAt: '2020-01-01T00:00:00Z' },
        ...(q.get('part').includes('contentDetails') ? { contentDetails: { relatedPlaylists: { uploads: `UU${id.slice(2)}` } } } : {}),
        statistics: { viewCount: '50000', subscriberCount: c.subscriberCount, hiddenSubscriberCount: false, videoCount: String(this.videos.length) } };
    });
    return { kind: 'youtube#channelListResponse', etag: 'x', pageInfo: { totalResults: items.length, resultsPerPage: 5 }, items };
  }

  listUploads(q) {
    if (q.get('playlistId') !== `UU${this.channel.slice(2)}`) throw new Refusal(404, 'playlistNotFound', 'youtube.playlistItem');
    return this.page('youtube#playlistItemListResponse', this.videos.map((v) => ({ kind: 'youtube#playlistItem', etag: 'p', id: `PL${v.id}`,
      snippet: { publishedAt: v.publishedAt, channelId: this.channel, title: v.title, description: '', playlistId: q.get('playlistId'),
        resourceId: { kind: 'youtube#video', videoId: v.id } }, contentDetails: { videoId: v.id, videoPublishedAt: v.publishedAt } })), q, 50);
  }

  listVideos(q) {
    const ids = q.get('id').split(',');
    const items = this.videos.filter((v) => ids.includes(v.id)).map((v) => ({ kind: 'youtube#video', etag: 'v', id: v.id,
      snippet: { publishedAt: v.publishedAt, channelId: this.channel, title: v.title, description: '', channelTitle: 'Toko Uji' },
      status: { privacyStatus: 'public' }, statistics: { viewCount: v.viewCount, likeCount: v.likeCount, commentCount: '3' } }));
    return { kind: 'youtube#videoListResponse', etag: 'x', pageInfo: { totalResults: items.length, resultsPerPage: items.length }, items };
  }

  work(method, path, q, body) {
    const route = `${method} ${path.replace('/youtube/v3/', '')}`;
    switch (route) {
      case 'GET commentThreads': return this.listThreads(q);
      case 'POST commentThreads': return this.insertThread(q, body);
      case 'GET comments': return this.listComments(q);
      case 'POST comments': return this.insertComment(q, body);
      case 'PUT comments': return this.comment((this.edit(this.ours(body.id).id, this.words(body.snippet.textOriginal)), this.comments.get(body.id)), 'html');
      case 'DELETE comments': return this.remove(this.ours(q.get('id')).id) ?? null;
      case 'POST comments/setModerationStatus': return this.moderate(q);
      case 'GET channels': return this.listChannels(q);
      case 'GET playlistItems': return this.listUploads(q);
      case 'GET videos': return this.listVideos(q);
      default: throw new Refusal(404, 'notFound', 'global');
    }
  }

  // ---- tokens ----

  token(form) {
    const refuse = (status, error, error_description) => ({ status, body: { error, error_description } });
    for (const key of form.keys())
      if (!['grant_type', 'code', 'client_id', 'client_secret', 'redirect_uri', 'code_verifier', 'refresh_token'].includes(key))
        return refuse(400, 'invalid_request', `CONTRACT VIOLATION: ${key}`);
    if (form.get('client_id') !== this.client.id || form.get('client_secret') !== this.client.secret) return refuse(401, 'invalid_client', 'Unauthorized');
    let scopes = [SCOPE], refresh = {};
    if (form.get('grant_type') === 'authorization_code') {
      const code = this.codes.get(form.get('code'));
      if (!code || code.used || (code.verifier && code.verifier !== form.get('code_verifier'))) return refuse(400, 'invalid_grant', 'Malformed auth code.');
      if (!this.redirects.has(form.get('redirect_uri'))) return refuse(400, 'redirect_uri_mismatch', 'Bad Request');
      code.used = true;
      scopes = code.scopes ?? scopes;
      if (code.refresh !== null) refresh = { refresh_token: code.refresh ?? '1//baru' };
      if (refresh.refresh_token) this.refreshTokens.add(refresh.refresh_token);
    } else if (form.get('grant_type') === 'refresh_token') {
      if (!this.refreshTokens.has(form.get('refresh_token'))) return refuse(400, 'invalid_grant', 'Token has been expired or revoked.');
    } else {
      return refuse(400, 'unsupported_grant_type', 'Invalid grant_type');
    }
    const token = `ya29.baru${this.nextToken++}`;
    this.tokens.set(token, scopes);
    return { status: 200, body: { access_token: token, expires_in: 3599, scope: scopes.join(' '), token_type: 'Bearer', ...refresh } };
  }

  // ---- the server ----

  judge(request, method, path) {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!this.tokens.has(bearer)) throw new Refusal(401, 'authError', 'global', 'Invalid Credentials');
    if (/comment/.test(path) && !this.tokens.get(bearer).includes(SCOPE)) throw new Refusal(403, 'insufficientPermissions', 'global');
    this.units += method === 'GET' ? 1 : 50;
    if (this.units > this.quota) throw new Refusal(403, 'quotaExceeded', 'youtube.quota', 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.');
  }

  async handle(request, reply) {
    const url = new URL(request.url, 'http://x');
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const call = { method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), body };
    this.calls.push(call);
    const say = (status, value, headers = {}) => {
      const bytes = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
      reply.writeHead(status, { ...(value === null ? {} : { 'content-type': typeof value === 'string' ? 'text/html' : 'application/json; charset=UTF-8' }), ...headers });
      reply.end(bytes);
    };
    const fault = this.faults.find((f) => f.times > 0 && request.url.includes(f.piece));
    if (fault) fault.times--;
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.cut === 'before') return request.socket.destroy();
    if (fault?.status) return say(fault.status, fault.html ?? fault.body ?? new Refusal(fault.status, fault.reason).body, fault.headers);
    if (url.pathname === '/token') {
      const answer = this.token(new URLSearchParams(body));
      return fault?.cut ? request.socket.destroy() : say(answer.status, answer.body);
    }
    try {
      this.judge(request, request.method, url.pathname);
      const answer = this.work(request.method, url.pathname, url.searchParams, body ? JSON.parse(body) : null);
      if (fault?.cut === 'after') return request.socket.destroy();
      return say(answer === null ? 204 : 200, answer);
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      return say(e.status, e.body);
    }
  }
}

export async function start(options = {}) {
  const fake = new YouTube(options);
  const sockets = new Set();
  const server = http.createServer((request, reply) => fake.handle(request, reply).catch((e) => {
    fake.broken = e;
    reply.destroy();
  }));
  server.on('connection', (s) => sockets.add(s.once('close', () => sockets.delete(s))));
  await new Promise((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${server.address().port}`;
  fake.tokenUrl = `${fake.url}/token`;
  fake.close = async () => {
    for (const s of sockets) s.destroy();
    await new Promise((resolve) => server.close(resolve));
    if (fake.broken) throw fake.broken;
  };
  return fake;
}
