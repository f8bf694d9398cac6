// What a phone's bar has no room for.
import { isHelpOpen } from '../keys';
import { href, type PageName } from '../router';
import { PageFrame } from '../shell';
import { business, can, logout, me, switchBusiness } from '../state/session';
import { Avatar } from '../ui/basics';
import { Icon } from '../ui/icon';
import { t, type Key } from '../words';
import type { Permission } from '../types';

const ITEMS: { page: PageName; icon: string; label: Key; needs?: Permission }[] = [
  { page: 'import', icon: 'upload', label: 'nav.import', needs: 'import.read' },
  { page: 'people', icon: 'person', label: 'nav.people', needs: 'people.read' },
  { page: 'settings', icon: 'gear', label: 'nav.settings' },
];

export function MorePage() {
  const others = me.value!.businesses.filter((b) => b.id !== business.value?.id);
  return (
    <PageFrame title={t('nav.more')}>
      <div class="options wide">
        {ITEMS.filter((i) => !i.needs || can(i.needs)).map((i) => (
          <a key={i.page} href={href(i.page)}><Icon name={i.icon} /><span>{t(i.label)}</span><Icon name="next" size={16} /></a>
        ))}
        <button type="button" class="mouse-only" onClick={() => (isHelpOpen.value = true)}><Icon name="question" /><span>{t('help.title')}</span></button>
        {others.map((b) => (
          <button key={b.id} type="button" onClick={() => switchBusiness(b.id)}>
            <Avatar name={b.name} id={b.id} size={20} /><span>{t('business.switch', { name: b.name })}</span>
          </button>
        ))}
        <button type="button" onClick={logout}><Icon name="out" /><span>{t('settings.logout')}</span></button>
      </div>
    </PageFrame>
  );
}
