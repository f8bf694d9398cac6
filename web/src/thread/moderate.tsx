// What may be done to a message at its platform: the items of its menu. What needs a word first is asked in moderate-sheet.
import { api } from '../api';
import { complain } from '../state/acts';
import { can } from '../state/session';
import { refresh, thread } from '../state/thread';
import type { MenuItem } from '../ui/layers';
import { t, type Key } from '../words';
import type { Message, ModerateAct, ModerateReason } from '../types';

export interface Moderating {
  message: Message;
  act: ModerateAct;
}

export const NAMES: Record<ModerateAct, { label: Key; icon: string }> = {
  hide: { label: 'moderate.hide', icon: 'eye-off' }, unhide: { label: 'moderate.unhide', icon: 'eye' },
  delete: { label: 'act.delete', icon: 'trash' }, like: { label: 'moderate.like', icon: 'heart' },
  unlike: { label: 'moderate.unlike', icon: 'heart' }, hold: { label: 'moderate.hold', icon: 'hourglass' },
  publish: { label: 'moderate.publish', icon: 'check' }, reject: { label: 'moderate.reject', icon: 'spam' },
  edit: { label: 'moderate.edit', icon: 'gear' }, react: { label: 'moderate.react', icon: 'heart' },
};
const ASKS: ReadonlySet<ModerateAct> = new Set(['hide', 'delete', 'hold', 'reject', 'edit', 'react']);

export const isHidden = (m: Message) => m.detail?.hidden === true && !m.deleted_at;
export const isLiked = (m: Message) => m.reactions.some((r) => r.direction === 'out');

function fits(m: Message, act: ModerateAct): boolean {
  switch (act) {
    case 'hide': case 'hold': return !isHidden(m);
    case 'unhide': case 'publish': return isHidden(m);
    case 'like': return !isLiked(m);
    case 'unlike': return isLiked(m);
    default: return true;
  }
}

export async function moderate(message: Message, act: ModerateAct, more: { reason?: ModerateReason; text?: string } = {}): Promise<void> {
  try {
    await api.moderate(message.id, act, more);
  } catch (e) {
    complain(e);
  }
  const now = thread.value;
  if (now) void refresh(now.id);
}

export function moderationItems(message: Message, ask: (what: Moderating) => void): MenuItem[] {
  const acts = thread.value?.conversation?.acts;
  if (!acts || message.deleted_at || message.kind === 'post' || message.detail?.private || !can('message.moderate')) return [];
  return (message.direction === 'out' ? acts.ours : message.direction === 'in' ? acts.theirs : []).filter((act) => fits(message, act))
    .sort((a, b) => Number(a === 'delete') - Number(b === 'delete')).map((act) => ({
    label: t(NAMES[act].label),
    icon: NAMES[act].icon,
    isDanger: act === 'delete',
    run: () => (ASKS.has(act) || acts.cost > 0 ? ask({ message, act }) : void moderate(message, act)),
  }));
}

// What is on its way, or why it was refused.
export function moderationWord(m: Message): string {
  const act = m.moderation && t(NAMES[m.moderation.act].label);
  return act ? t('moderate.queued', { act }) : '';
}
