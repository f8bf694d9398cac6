// Puts messages, acts and episode borders in the order in which they are read, in blocks of a day.
import { isSameDay } from '../format';
import type { Activity, Conversation, Episode, Id, Message } from '../types';

export type Item =
  | { kind: 'message'; key: string; message: Message; opensTurn: boolean }
  | { kind: 'act'; key: string; act: Activity }
  | { kind: 'episode'; key: string; episode: Episode; number: number };
export interface Day {
  at: string;
  items: Item[];
}

const side = (m: Message) => `${m.direction}/${m.sender_kind}/${m.device}/${m.author?.id ?? ''}/${m.person?.id ?? ''}`;

export function timeline(messages: Message[], activity: Activity[], conversation: Conversation | null): Day[] {
  const episodes = [...(conversation?.episodes ?? [])].sort((a, b) => (a.first_at < b.first_at ? -1 : 1));
  const number = new Map<Id, number>();
  episodes.forEach((e, i) => number.set(e.id, i + 1));
  const acts = [...activity].sort((a, b) => (a.at < b.at ? -1 : 1));
  const days: Day[] = [];
  let before: Message | null = null;
  let next = 0;
  const put = (at: string, item: Item) => {
    const last = days[days.length - 1];
    if (last && isSameDay(last.at, at)) last.items.push(item);
    else days.push({ at, items: [item] });
  };
  const putActs = (until: string) => {
    for (; next < acts.length && acts[next]!.at <= until; next++) {
      const act = acts[next]!;
      if (messages.length && act.at < messages[0]!.sent_at) continue;
      put(act.at, { kind: 'act', key: `a${act.id}`, act });
      before = null;
    }
  };
  for (const message of messages) {
    putActs(message.sent_at);
    const episode = episodes.find((e) => e.id === message.conversation);
    const n = number.get(message.conversation);
    if (episode && n && n > 1 && before && before.conversation !== message.conversation)
      put(message.sent_at, { kind: 'episode', key: `e${episode.id}`, episode, number: n });
    const opensTurn: boolean = !before || side(before) !== side(message) || !isSameDay(before.sent_at, message.sent_at);
    put(message.sent_at, { kind: 'message', key: message.id, message, opensTurn });
    before = message;
  }
  putActs('9999');
  return days;
}
