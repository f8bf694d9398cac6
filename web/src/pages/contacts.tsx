// Customers: who they are, by which accounts, and every conversation with them.
import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../api';
import { brief, monthYear } from '../format';
import { contactName } from '../names';
import { go, href, route } from '../router';
import { PageFrame } from '../shell';
import { complain, say } from '../state/acts';
import { can } from '../state/session';
import { Avatar, Button, Empty, ErrorBox, Field, Skeleton } from '../ui/basics';
import { handleOf, Mug, Platform } from '../ui/icon';
import { Sheet } from '../ui/layers';
import { Row } from '../inbox/row';
import { MaybeAlike } from '../thread/side-pane';
import { MergeLog } from './alike';
import { t } from '../words';
import type { Contact, ContactDetail } from '../types';

function EraseSheet({ contact, onClose }: { contact: ContactDetail; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const erase = () =>
    api.eraseContact(contact.id).then(() => {
      say(t('contact.erased'));
      go(href('contacts'), true);
    }, complain);
  return (
    <Sheet title={t('contact.erase')} onClose={onClose}>
      <div class="form">
        <p>{t('contact.erase_text')}</p>
        <Field label={t('contact.erase_confirm', { name: contact.name })} value={typed} onInput={setTyped} autocomplete="off" />
        <Button kind="danger" size={48} disabled={typed.trim() !== contact.name.trim()} onClick={erase}>{t('contact.erase')}</Button>
      </div>
    </Sheet>
  );
}

function Detail({ id }: { id: string }) {
  const [contact, setContact] = useState<ContactDetail | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [name, setName] = useState('');
  const [isErasing, setErasing] = useState(false);
  const load = () =>
    void api.contact(id).then((c) => (setContact(c), setName(c.name), setProblem(null)), setProblem);
  useEffect(load, [id]);
  if (problem) return <ErrorBox text={problem.message} code={problem.code} onRetry={load} />;
  if (!contact) return <Skeleton rows={3} />;
  const save = (e: Event) => {
    e.preventDefault();
    api.renameContact(id, name.trim()).then(() => (say(t('done.saved')), load()), complain);
  };
  return (
    <div class="contact">
      <section class="contact-facts" aria-labelledby="contact-name">
        <header class="contact-head">
          <Avatar name={contact.name} id={contact.id} size={64} platform={contact.identities[0]?.platform} />
          <div><h2 id="contact-name" dir="auto">{contact.name}</h2><p class="meta">{t('contact.since', { month: monthYear(contact.since) })}</p></div>
        </header>
        <ul class="plain-list accounts">
          {contact.identities.map((i, n) => (
            <li key={n} class="account"><Platform platform={i.platform} /><span dir="auto">{handleOf(i)}</span></li>
          ))}
        </ul>
        {can('contact.edit') && (
          <form class="form-line" onSubmit={save}>
            <Field label={t('contact.name')} value={name} onInput={setName} maxLength={120} />
            <Button type="submit" size={48} disabled={!name.trim() || name.trim() === contact.name}>{t('act.save')}</Button>
          </form>
        )}
        {can('contact.edit') && <MaybeAlike contact={contact.id} onChange={load} />}
        <MergeLog key={contact.identities.length} contact={contact.id} onChange={load} />
        {can('contact.erase') && <Button kind="quiet" class="danger-word" icon="trash" onClick={() => setErasing(true)}>{t('contact.erase')}</Button>}
      </section>
      {contact.conversations.length > 0 && (
        <section class="contact-history" aria-labelledby="contact-history">
          <h2 id="contact-history">{t('contact.conversations')}</h2>
          <ul class="plain-list rows">
            {contact.conversations.map((row) => (
              <li key={row.id}>
                <Row row={row} isSelected={false} isChecked={false} isGone={false} isTabStop onCheck={() => undefined} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {isErasing && <EraseSheet contact={contact} onClose={() => setErasing(false)} />}
    </div>
  );
}

function List() {
  const [q, setQ] = useState('');
  const [all, setAll] = useState<Contact[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = async (after: string | null) => {
    try {
      const page = await api.contacts(q.trim(), after);
      setAll((old) => (after && old ? old.concat(page.items) : page.items));
      setNext(page.next);
      setProblem(null);
    } catch (e) {
      setProblem(e as Problem);
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void load(null), q ? 200 : 0);
    return () => clearTimeout(timer);
  }, [q]);
  return (
    <div class="column wide">
      <Field label={t('search.hint')} type="search" value={q} onInput={setQ} />
      {problem && <ErrorBox text={problem.message} code={problem.code} onRetry={() => load(null)} />}
      {!all && !problem && <Skeleton />}
      {all?.length === 0 && (q ? <Empty picture={<Mug />} title={t('search.none', { q })} /> : <Empty title={t('contact.none')} text={t('contact.none_text')} />)}
      <ul class="plain-list lines">
        {all?.map((c) => (
          <li key={c.id}>
            <a class="line" href={href('contacts', c.id)}>
              <Avatar name={contactName(c)} id={c.id} size={44} platform={c.identities[0]?.platform} />
              <span class="line-main"><b dir="auto">{contactName(c)}</b><span class="meta">{c.identities.map(handleOf).join(' · ')}</span></span>
              <span class="line-end">{c.conversations > 0 && <span>{t('contact.n', { n: c.conversations })}</span>}{c.last_at && <span class="meta">{brief(c.last_at)}</span>}</span>
            </a>
          </li>
        ))}
      </ul>
      {next && <Button onClick={() => load(next)}>{t('act.more')}</Button>}
    </div>
  );
}

export function ContactsPage() {
  const id = route.value.id;
  return (
    <PageFrame title={t('nav.contacts')} up={id ? 'contacts' : undefined}>
      {id ? <Detail key={id} id={id} /> : <List />}
    </PageFrame>
  );
}
