// Stands between the program and a fake platform, and stops a request at the step that a test names: it has left and not
// arrived, the platform has done it, or its answer is on its way.
import http from 'node:http';

export class Gate {
  // route(rq): the address of the fake that the request is for.
  static async start(route) {
    const gate = new Gate();
    gate.route = route;
    gate.holds = [];
    gate.sockets = new Set();
    gate.server = http.createServer((rq, reply) => gate.take(rq, reply).catch(() => rq.socket.destroy()));
    gate.server.on('connection', (s) => gate.sockets.add(s.once('close', () => gate.sockets.delete(s)).on('error', () => {})));
    await new Promise((resolve) => gate.server.listen(0, '127.0.0.1', resolve));
    gate.url = `http://127.0.0.1:${gate.server.address().port}`;
    return gate;
  }

  // The next POST whose body has this word in it. arrived: it is here. release('drop'): it never gets further;
  // 'forward': the platform does it; 'withhold': it does, and its answer gets lost. done: the platform has answered.
  hold(word) {
    const hold = { word };
    hold.arrived = new Promise((resolve) => { hold.arrive = resolve; });
    hold.done = new Promise((resolve) => { hold.finish = resolve; });
    hold.decided = new Promise((resolve) => { hold.release = resolve; });
    this.holds.push(hold);
    return hold;
  }

  async take(rq, reply) {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const at = rq.method === 'POST' ? this.holds.findIndex((h) => body.includes(h.word)) : -1;
    const hold = at < 0 ? null : this.holds.splice(at, 1)[0];
    hold?.arrive();
    const how = hold ? await hold.decided : 'forward';
    if (how === 'drop') return rq.socket.destroy();
    const answer = await this.forward(rq, body);
    if (how !== 'withhold' && !reply.destroyed) {
      reply.writeHead(answer.status, answer.headers);
      reply.end(answer.body);
    }
    return hold?.finish();
  }

  forward(rq, body) {
    const to = new URL(this.route(rq));
    return new Promise((resolve, reject) => {
      const call = http.request({ host: to.hostname, port: to.port, path: rq.url, method: rq.method, headers: { ...rq.headers, 'content-length': body.length } }, (reply) => {
        const pieces = [];
        const { 'transfer-encoding': _, connection: __, ...headers } = reply.headers;
        reply.on('data', (p) => pieces.push(p)).once('error', reject).once('end', () => resolve({ status: reply.statusCode, headers, body: Buffer.concat(pieces) }));
      });
      call.once('error', reject);
      call.end(body);
    });
  }

  async close() {
    for (const hold of this.holds) hold.release('drop');
    for (const s of this.sockets) s.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
