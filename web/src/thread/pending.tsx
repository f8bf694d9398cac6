// Replies on their way out, each with its state in words and one remedy.
import { api } from '../api';
import { complain, say } from '../state/acts';
import { forget, letters, resend, type Letter } from '../state/outbox';
import { addPending, dropPending, newestId, thread } from '../state/thread';
import { clock, MINUTE, now } from '../format';
import { sendingReason } from '../reasons';
import { Button } from '../ui/basics';
import { Icon } from '../ui/icon';
import { t } from '../words';
import type { Outbox } from '../types';

function Cancel({ entry }: { entry: Outbox }) {
  const cancel = () =>
    api.cancel(entry.id).then(() => (dropPending(entry.id), say(t('done.cancelled'))), complain);
  return <Button size={36} onClick={cancel}>{t(entry.state === 'queued' ? 'act.cancel' : 'act.delete')}</Button>;
}

function Sent({ entry }: { entry: Outbox }) {
  const isUndecided = entry.state === 'undecided';
  // only a person can look whether it arrived, so after a while she is asked to
  const isLate = isUndecided && now.value - Date.parse(entry.created_at) > 5 * MINUTE;
  const again = () => api.retry(entry.id, newestId(), isUndecided).then((o) => addPending(thread.value!.id, o), complain);
  const isRefused = entry.state === 'refused';
  return (
    <article class="turn turn-us opens" aria-label={t(isRefused ? 'delivery.failed' : isUndecided ? 'delivery.undecided' : 'delivery.sending')}>
      {isRefused && <p class="bubble-alarm cabai"><Icon name="bang" size={16} />{t('delivery.failed')}</p>}
      {isUndecided && <p class="bubble-alarm kunyit"><Icon name="question" size={16} />{t('delivery.undecided')}</p>}
      <div class={`bubble us ${isRefused ? 'failed' : ''} ${isUndecided ? 'undecided' : ''}`}>
        {entry.file_name && <p class="bubble-note"><Icon name="file" size={14} />{entry.file_name}</p>}
        {entry.text && <p class="bubble-text" dir="auto">{entry.text}</p>}
        {isRefused && <p class="bubble-why">{sendingReason(entry.fail_code, entry.fail_text)}</p>}
        {isUndecided && <p class="bubble-why">{t(isLate ? 'delivery.undecided_late' : 'delivery.undecided_why')}</p>}
        {(isRefused || isLate) && (
          <p class="bubble-acts">
            <Button size={36} kind={isRefused ? 'primary' : 'plain'} onClick={again}>{t('act.send_again')}</Button>
            <Cancel entry={entry} />
          </p>
        )}
        <p class="bubble-meta">
          <time dateTime={entry.created_at}>{clock(entry.created_at)}</time>
          {!isRefused && !isUndecided && (
            <span class="ticks"><Icon name="clock" size={14} />{t(entry.attempts > 1 ? 'delivery.retrying' : 'delivery.sending')}</span>
          )}
          {entry.state === 'queued' && entry.attempts > 0 && <Cancel entry={entry} />}
        </p>
      </div>
    </article>
  );
}

function Unsent({ letter }: { letter: Letter }) {
  const isHeld = letter.state === 'held';
  return (
    <article class="turn turn-us opens" aria-label={t(isHeld ? 'delivery.failed' : 'delivery.waiting')}>
      {isHeld && <p class="bubble-alarm cabai"><Icon name="bang" size={16} />{t('delivery.failed')}</p>}
      <div class={isHeld ? 'bubble us failed' : 'bubble us'}>
        {letter.body.file && <p class="bubble-note"><Icon name="file" size={14} />{letter.body.file.name}</p>}
        {letter.body.text && <p class="bubble-text" dir="auto">{letter.body.text}</p>}
        {isHeld && <p class="bubble-why">{letter.why}</p>}
        {isHeld && (
          <p class="bubble-acts">
            <Button size={36} kind="primary" onClick={() => void resend(letter, newestId())}>{t('composer.send_anyway')}</Button>
            <Button size={36} onClick={() => forget(letter.key)}>{t('act.delete')}</Button>
          </p>
        )}
        <p class="bubble-meta">
          <time dateTime={letter.created_at}>{clock(letter.created_at)}</time>
          {!isHeld && <span class="ticks"><Icon name="clock" size={14} />{t(letter.state === 'waiting' ? 'delivery.waiting' : 'delivery.sending')}</span>}
        </p>
      </div>
    </article>
  );
}

export function Pending() {
  const open = thread.value;
  if (!open) return null;
  return (
    <>
      {open.pending.map((entry) => <Sent key={entry.id} entry={entry} />)}
      {letters.value.filter((l) => l.conversation === open.id).map((l) => <Unsent key={l.key} letter={l} />)}
    </>
  );
}
