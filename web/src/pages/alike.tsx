// Two contacts that may be one person: why, and what to do about it.
import { useEffect, useState } from 'preact/hooks';
import { api, newKey } from '../api';
import { date } from '../format';
import { contactName } from '../names';
import { href } from '../router';
import { complain, notice, say } from '../state/acts';
import { load as loadInbox } from '../state/inbox';
import { refresh, thread } from '../state/thread';
import { can } from '../state/session';
import { Avatar, Button } from '../ui/basics';
import { atName, handleOf, phoneText, Platform } from '../ui/icon';
import { t } from '../words';
import type { Id, Merge, Suggestion } from '../types';

function reasonText(r: Suggestion['reasons'][number], name: string): string {
  // in one piece, wherever the line ends
  const value = r.kind === 'phone' || r.kind === 'number' ? phoneText(r.value).replace(/-/g, '\u2011').replace(/ /g, '\u00a0') : atName(r.value);
  if (r.kind === 'phone') return t('alike.phone', { value });
  if (r.kind === 'username') return t('alike.username', { value });
  if (r.kind === 'number') return r.is_theirs ? t('alike.number_theirs', { name, value }) : t('alike.number', { value });
  return r.is_theirs ? t('alike.handle_theirs', { name, value }) : t('alike.handle', { value });
}

const renew = () => {
  void loadInbox();
  if (thread.value) void refresh(thread.value.id);
};

const split = (merge: Id, then: () => void) =>
  api.undoMerge(merge).then(() => (say(t('alike.split_done')), renew(), then()), complain);

function Card({ contact, suggestion: s, onSettled }: { contact: Id; suggestion: Suggestion; onSettled: (done: Id) => void }) {
  const [isBusy, setBusy] = useState(false);
  const [key] = useState(newKey);
  const settle = (call: Promise<() => void>) => {
    setBusy(true);
    call.then((tell) => (onSettled(s.id), renew(), tell()), (e) => (setBusy(false), complain(e)));
  };
  const merge = () =>
    settle(api.merge(contact, s.id, key).then((made) => () => {
      notice.value = { text: t('alike.merged'), act: { label: t('act.undo'), run: () => void split(made.id, () => undefined) } };
    }));
  const apart = () => settle(api.tellApart(contact, s.id).then(() => () => say(t('alike.kept_apart'))));
  const name = contactName(s);
  return (
    <li class="alike">
      <a class="alike-who" href={href('contacts', s.id)}>
        <Avatar name={name} id={s.id} size={36} platform={s.identities[0]?.platform} />
        <span class="line-main">
          <b dir="auto">{name}</b>
          {s.identities.map((i, n) => (
            <span key={n} class="account meta"><Platform platform={i.platform} size={16} /><span dir="auto">{handleOf(i)}</span></span>
          ))}
        </span>
      </a>
      <ul class="plain-list alike-why">
        {s.reasons.map((r) => <li key={r.kind + r.is_theirs}>{reasonText(r, name)}</li>)}
      </ul>
      <div class="button-line">
        <Button kind="plain" icon="people" busy={isBusy} onClick={merge}>{t('alike.merge')}</Button>
        <Button kind="quiet" busy={isBusy} onClick={apart}>{t('alike.apart')}</Button>
      </div>
    </li>
  );
}

export function Alike({ contact, items, onSettled }: { contact: Id; items: Suggestion[]; onSettled: (done: Id) => void }) {
  return (
    <section class="alikes">
      <h3>{t('alike.title')}</h3>
      <ul class="plain-list">{items.map((s) => <Card key={s.id} contact={contact} suggestion={s} onSettled={onSettled} />)}</ul>
    </section>
  );
}

const nameless = (who: Merge['contact']) => who.name || `#${who.id}`;

export function MergeLog({ contact, onChange }: { contact: Id; onChange: () => void }) {
  const [items, setItems] = useState<Merge[]>([]);
  const ask = () => void api.merges(contact).then(setItems, complain);
  useEffect(ask, [contact]);
  if (!items.length) return null;
  return (
    <section class="alikes">
      <h3>{t('alike.log')}</h3>
      <ul class="plain-list">
        {items.map((m) => (
          <li key={m.id} class="alike">
            <p dir="auto">{t('alike.log_line', { name: nameless(m.contact), into: nameless(m.into), person: m.merged_by ?? '', day: date(m.merged_at) })}</p>
            {m.undone_at
              ? <p class="meta" dir="auto">{t('alike.log_undone', { person: m.undone_by ?? '', day: date(m.undone_at) })}</p>
              : can('contact.edit') && <Button onClick={() => split(m.id, () => (ask(), onChange()))}>{t('alike.split')}</Button>}
          </li>
        ))}
      </ul>
    </section>
  );
}
