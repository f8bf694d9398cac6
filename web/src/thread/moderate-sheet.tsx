// What asks first: the reason for taking something out of sight, new words, an emoji.
import { useState } from 'preact/hooks';
import { thread } from '../state/thread';
import { Button } from '../ui/basics';
import { Sheet } from '../ui/layers';
import { number, t, type Key } from '../words';
import type { ModerateAct, ModerateReason } from '../types';
import { isLiked, moderate, NAMES, type Moderating } from './moderate';

const REASONS: { reason: ModerateReason; label: Key }[] = [
  { reason: 'spam', label: 'moderate.reason.spam' },
  { reason: 'abuse', label: 'moderate.reason.abuse' },
  { reason: 'personal_data', label: 'moderate.reason.personal_data' },
  { reason: 'fraud', label: 'moderate.reason.fraud' },
  { reason: 'duplicate', label: 'moderate.reason.duplicate' },
  { reason: 'mistake', label: 'moderate.reason.mistake' },
];
const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

function Cost() {
  const cost = thread.value?.conversation?.acts.cost ?? 0;
  return cost ? <p class="soft">{t('moderate.cost', { n: number(cost) })}</p> : null;
}

function Reasons({ what, onClose }: { what: Moderating; onClose: () => void }) {
  const isTheirs = what.message.direction === 'in';
  const texts: Partial<Record<ModerateAct, Key>> = { hide: 'moderate.hide_text', hold: 'moderate.hold_text', reject: 'moderate.reject_text', delete: isTheirs ? 'moderate.delete_text' : 'moderate.delete_ours_text' };
  return (
    <>
      <p class="soft">{t(texts[what.act]!)}</p>
      <div class="options">
        {REASONS.filter((r) => isTheirs || r.reason === 'duplicate' || r.reason === 'mistake').map(({ reason, label }) => (
          <button key={reason} type="button" onClick={() => (onClose(), void moderate(what.message, what.act, { reason }))}><span>{t(label)}</span></button>
        ))}
      </div>
      {isTheirs && <p class="soft">{t('moderate.not_criticism')}</p>}
    </>
  );
}

function Edit({ what, onClose }: { what: Moderating; onClose: () => void }) {
  const [text, set] = useState(what.message.text ?? '');
  return (
    <form class="form" onSubmit={(e) => (e.preventDefault(), onClose(), void moderate(what.message, 'edit', { text: text.trim() }))}>
      <textarea rows={4} dir="auto" value={text} aria-label={t('moderate.edit_field')} onInput={(e) => set(e.currentTarget.value)} />
      <Button type="submit" kind="primary" disabled={!text.trim() || text.trim() === what.message.text}>{t('act.save')}</Button>
    </form>
  );
}

function React({ what, onClose }: { what: Moderating; onClose: () => void }) {
  const send = (text: string) => (onClose(), void moderate(what.message, 'react', { text }));
  return (
    <div class="emoji-row">
      {EMOJI.map((e) => <button key={e} type="button" onClick={() => send(e)}>{e}</button>)}
      {isLiked(what.message) && <Button onClick={() => send('')}>{t('moderate.unreact')}</Button>}
    </div>
  );
}

export default function ModerateSheet({ what, onClose }: { what: Moderating; onClose: () => void }) {
  const { act, message } = what;
  const isReasoned = act === 'hide' || act === 'delete' || act === 'hold' || act === 'reject';
  return (
    <Sheet title={t(NAMES[act].label)} onClose={onClose}>
      {message.text && act !== 'edit' && <blockquote class="quote" dir="auto"><span>{message.text}</span></blockquote>}
      <Cost />
      {isReasoned ? <Reasons what={what} onClose={onClose} />
        : act === 'edit' ? <Edit what={what} onClose={onClose} />
        : act === 'react' ? <React what={what} onClose={onClose} />
        : <Button kind="primary" onClick={() => (onClose(), void moderate(message, act))}>{t(NAMES[act].label)}</Button>}
    </Sheet>
  );
}
