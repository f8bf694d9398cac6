// The frame: rail on wide screens, bar on phones, strips for what concerns every page.
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { capped } from './format';
import { isHelpOpen, isPaletteOpen } from './keys';
import { go, href, route, type PageName } from './router';
import { channels, isIll, isWarned, loadChannels, loadPeople } from './state/channels';
import { isLive, isOnline } from './state/events';
import * as inbox from './state/inbox';
import { business, can, me } from './state/session';
import { open } from './state/thread';
import { Avatar } from './ui/basics';
import { Icon } from './ui/icon';
import { lazy } from './ui/lazy';
import { NoticeBar } from './ui/notice-bar';
import { t, type Key } from './words';
import type { Permission } from './types';
import { InboxPane } from './inbox/inbox-pane';
import { ThreadPane } from './thread/thread-pane';

const PAGES: Record<Exclude<PageName, 'inbox'>, ComponentType> = {
  contacts: lazy(() => import('./pages/contacts').then((m) => m.ContactsPage)),
  channels: lazy(() => import('./pages/channels').then((m) => m.ChannelsPage)),
  import: lazy(() => import('./pages/import').then((m) => m.ImportPage)),
  people: lazy(() => import('./pages/people').then((m) => m.PeoplePage)),
  settings: lazy(() => import('./pages/settings').then((m) => m.SettingsPage)),
  more: lazy(() => import('./pages/more').then((m) => m.MorePage)),
};
const Welcome = lazy(() => import('./pages/welcome').then((m) => m.WelcomePage));
const Help = lazy(() => import('./pages/help').then((m) => m.HelpSheet));
const Palette = lazy(() => import('./pages/palette').then((m) => m.PaletteSheet));

interface NavItem {
  page: PageName;
  icon: string;
  label: Key;
  short: Key;
  needs?: Permission;
}
const NAV: NavItem[] = [
  { page: 'inbox', icon: 'inbox', label: 'nav.inbox', short: 'nav.inbox_short', needs: 'inbox.read' },
  { page: 'contacts', icon: 'people', label: 'nav.contacts', short: 'nav.contacts', needs: 'contact.read' },
  { page: 'channels', icon: 'plug', label: 'nav.channels', short: 'nav.channels', needs: 'channel.read' },
  { page: 'import', icon: 'upload', label: 'nav.import', short: 'nav.import', needs: 'import.read' },
];

function badge(page: PageName): number {
  if (page === 'inbox') return inbox.counts.value?.waiting ?? 0;
  return page === 'channels' ? (channels.value?.filter((c) => isIll(c) || isWarned(c)).length ?? 0) : 0;
}

function NavLink({ item, isBar }: { item: NavItem; isBar?: boolean }) {
  const isOn = route.value.page === item.page;
  const n = badge(item.page);
  return (
    <a class="nav-link" href={href(item.page)} aria-current={isOn ? 'page' : undefined}>
      <span class="nav-icon">
        <Icon name={item.icon} />
        {n > 0 && <b class="badge">{capped(n)}</b>}
      </span>
      <span>{t(isBar ? item.label : item.short)}</span>
    </a>
  );
}

function Rail() {
  const b = business.value!;
  return (
    <nav class="rail" aria-label={t('nav.main')}>
      <a class="mark" href={href('inbox')} aria-label={b.name} title={b.name}><Avatar name={b.name} id={b.id} /></a>
      {NAV.filter((i) => !i.needs || can(i.needs)).map((i) => <NavLink key={i.page} item={i} />)}
      <span class="grow" />
      {can('people.read') && <NavLink item={{ page: 'people', icon: 'person', label: 'nav.people', short: 'nav.people_short' }} />}
      <NavLink item={{ page: 'settings', icon: 'gear', label: 'nav.settings', short: 'nav.settings' }} />
    </nav>
  );
}

function Bar() {
  const items = NAV.filter((i) => i.page !== 'import' && (!i.needs || can(i.needs)));
  return (
    <nav class="bar" aria-label={t('nav.main')}>
      {items.map((i) => <NavLink key={i.page} item={i} isBar />)}
      <NavLink item={{ page: 'more', icon: 'more', label: 'nav.more', short: 'nav.more' }} isBar />
    </nav>
  );
}

function Strips() {
  if (!isOnline.value) return <p class="strip"><Icon name="wifi-off" size={16} />{t('strip.offline')}</p>;
  if (!isLive.value) return <p class="strip"><Icon name="wifi-off" size={16} />{t('strip.reconnecting')}</p>;
  const ill = channels.value?.find(isIll);
  if (ill && route.value.page === 'inbox' && !route.value.id)
    return <a class="strip ill" href={href('channels')}><Icon name="bang" size={16} />{t('strip.channel', { name: ill.name })}</a>;
  const warned = channels.value?.find(isWarned);
  if (warned && route.value.page === 'inbox' && !route.value.id)
    return <a class="strip" href={href('channels')}><Icon name="warn" size={16} />{t('strip.warned', { name: warned.name })}</a>;
  return null;
}

function isFirstRun(): boolean {
  const isEmpty = channels.value?.length === 0 && inbox.rows.value?.length === 0;
  return isEmpty && inbox.view.value === 'waiting' && !route.value.id && localStorage.getItem('welcome') !== 'later';
}

function InboxPage() {
  const isFresh = isFirstRun() && can('import.run');
  useEffect(() => open(route.value.id), [route.value.id]);
  return (
    <main id="main" class={route.value.id ? 'inbox reading' : 'inbox'}>
      <InboxPane />
      {isFresh ? <Welcome /> : <ThreadPane />}
    </main>
  );
}

function title(): string {
  const item = NAV.find((i) => i.page === route.value.page);
  const page = t(item?.label ?? (route.value.page === 'people' ? 'nav.people' : route.value.page === 'settings' ? 'nav.settings' : 'nav.more'));
  const n = inbox.counts.value?.waiting ?? 0;
  return `${n ? `(${capped(n)}) ` : ''}${page} · ${business.value?.name ?? 'Tanggap'}`;
}

export function Shell() {
  const { page, id } = route.value;
  const isReading = page === 'inbox' && id !== null;
  const heading = title();
  useEffect(() => {
    document.title = heading;
  }, [heading]);
  useEffect(() => {
    if (page !== 'inbox') open(null);
  }, [page]);
  useEffect(() => {
    void loadChannels();
    void loadPeople();
    if (!inbox.hasAsked() || inbox.problem.value) void inbox.load();
    if (!inbox.counts.value) void inbox.loadCounts();
  }, []);
  if (!can('inbox.read') && page === 'inbox') {
    queueMicrotask(() => go(href('settings'), true));
    return null;
  }
  const Page = page === 'inbox' ? InboxPage : PAGES[page];
  return (
    <div class={isReading ? 'shell is-reading' : 'shell'}>
      <div class="skips">
        {page === 'inbox' && <a href="#inbox-list">{t('skip.list')}</a>}
        {isReading && <a href="#composer">{t('skip.composer')}</a>}
      </div>
      <Rail />
      <div class="stage">
        <Strips />
        <Page />
        {!isReading && <NoticeBar />}
      </div>
      <Bar />
      {isHelpOpen.value && <Help />}
      {isPaletteOpen.value && <Palette />}
    </div>
  );
}

export function PageFrame({ title: heading, up, action, children }: {
  title: string;
  up?: PageName;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <main id="main" class="page">
      <header class="page-head">
        {up && <a class={`icon-button back back-${up}`} href={href(up)} aria-label={t('act.back')}><Icon name="back" /></a>}
        <h1>{heading}</h1>
        {action}
      </header>
      <div class="page-body">{children}</div>
    </main>
  );
}

export const isMe = (id: string) => me.value?.person.id === id;
