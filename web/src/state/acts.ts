// What a person does to a conversation. Reversible acts happen at once and offer to be undone.
import { signal } from '@preact/signals';
import { api, type Act, type NoReplyReason, type Problem } from '../api';
import { fade, load, loadCounts } from './inbox';
import { thread } from './thread';
import { personName } from './channels';
import { t } from '../words';
import type { Id, Row } from '../types';

export interface Notice {
  text: string;
  act?: { label: string; run: () => void };
  link?: { label: string; href: string };
  isBad?: boolean;
}
export const notice = signal<Notice | null>(null);

export function say(text: string): void {
  notice.value = { text };
}
export function complain(e: unknown): void {
  notice.value = { text: (e as Problem).message || t('error.internal'), isBad: true };
}

function settle(row: Row): void {
  fade(row);
  const open = thread.value;
  if (open?.conversation && open.id === row.id)
    thread.value = { ...open, conversation: { ...open.conversation, ...row } };
  void loadCounts();
}

async function run(call: Promise<Row>, text: string, undo?: () => Promise<Row>): Promise<void> {
  try {
    settle(await call);
    notice.value = undo
      ? {
          text,
          act: {
            label: t('act.undo'),
            run: () => {
              notice.value = null;
              undo().then((row) => (settle(row), load()), complain);
            },
          },
        }
      : { text };
  } catch (e) {
    complain(e);
  }
}

export const resolve = (id: Id) => run(api.act(id, 'resolve'), t('done.resolved'), () => api.act(id, 'reopen'));
export const reopen = (id: Id) => run(api.act(id, 'reopen'), t('done.reopened'), () => api.act(id, 'resolve'));
export const spam = (id: Id) => run(api.act(id, 'spam'), t('done.spam'), () => api.act(id, 'not-spam'));
export const notSpam = (id: Id) => run(api.act(id, 'not-spam'), t('done.not_spam'), () => api.act(id, 'spam'));
export const noReply = (id: Id, reason: NoReplyReason) =>
  run(api.noReply(id, reason), t('done.no_reply'), () => api.act(id, 'reopen'));

export function assign(id: Id, person: Id | null, before: Id | null): Promise<void> {
  const name = personName(person);
  const text = name ? t('done.assigned', { name }) : t('done.unassigned');
  return run(api.assign(id, person), text, () => api.assign(id, before));
}

// The same act on every chosen row, undone together.
export async function actOnAll(ids: Id[], act: Act, undo: Act, text: string): Promise<void> {
  const done: Id[] = [];
  for (const id of ids) {
    try {
      settle(await api.act(id, act));
      done.push(id);
    } catch (e) {
      complain(e);
    }
  }
  if (!done.length) return;
  notice.value = {
    text,
    act: {
      label: t('act.undo'),
      run: async () => {
        notice.value = null;
        for (const id of done) await api.act(id, undo).then(settle, complain);
        void load();
      },
    },
  };
}
