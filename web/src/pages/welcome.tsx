// The first five minutes: three steps, each of which can wait.
import { useState } from 'preact/hooks';
import { href } from '../router';
import { business, can, me } from '../state/session';
import { Button } from '../ui/basics';
import { Icon } from '../ui/icon';
import { t } from '../words';

export function WelcomePage() {
  const [isLater, setLater] = useState(false);
  if (isLater) return <section class="pane-thread nobody" aria-label={t('thread.none')}><p>{t('welcome.later_text')}</p></section>;
  const later = () => {
    localStorage.setItem('welcome', 'later');
    setLater(true);
  };
  const option = (to: string, icon: string, title: string, text: string, isFirst = false) => (
    <a class={isFirst ? 'start first' : 'start'} href={to}>
      <span class="start-icon"><Icon name={icon} /></span>
      <span><b>{title}</b><span>{text}</span></span>
      <Icon name="next" size={16} />
    </a>
  );
  return (
    <section class="pane-thread welcome" aria-labelledby="welcome-title">
      <div class="welcome-body">
        <h2 id="welcome-title">{t('welcome.title', { name: me.value!.person.name })}</h2>
        <p class="soft">{t('welcome.text')}</p>
        <ol class="steps">
          <li class="done"><span class="step-mark"><Icon name="check" size={18} /></span><div><h3>{t('welcome.business')}</h3><p>{business.value!.name}</p></div></li>
          <li>
            <span class="step-mark">2</span>
            <div>
              <h3>{t('welcome.first_messages')}</h3>
              <p>{t('welcome.first_messages_text')}</p>
              {option(href('import'), 'file', t('welcome.import'), t('welcome.import_text'), true)}
              {can('channel.edit') && option(href('channels', 'new'), 'plug', t('welcome.telegram'), t('welcome.telegram_text'))}
            </div>
          </li>
          <li>
            <span class="step-mark quiet">3</span>
            <div>
              <h3>{t('welcome.people')}</h3>
              <p>{can('people.edit') ? <a class="link" href={href('people')}>{t('welcome.people_text')}</a> : t('welcome.people_text')}</p>
            </div>
          </li>
        </ol>
        <Button kind="quiet" onClick={later}>{t('welcome.later')}</Button>
      </div>
    </section>
  );
}
