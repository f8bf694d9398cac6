// Starts the panel: what this device remembers first, then who is here, then the page.
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { isSessionOver, setBusiness } from './api';
import './keys';
import { connect } from './state/events';
import * as inbox from './state/inbox';
import { restore } from './state/outbox';
import { business, me, restoreLook, resume } from './state/session';
import { markSeen, open } from './state/thread';
import { LoginPage } from './login';
import { route } from './router';
import { Shell } from './shell';
import { t } from './words';
import { Empty } from './ui/basics';

function Inside() {
  useEffect(() => {
    connect();
    restore();
    markSeen();
  }, []);
  return <Shell />;
}

function App() {
  if (me.value === undefined) return <div class="enamel" aria-busy="true" />;
  if (me.value === null) return <LoginPage />;
  if (!business.value) return <Empty title={t('business.none')} text={t('business.none_text')} />;
  // a session that ended keeps everything in place under the login
  return (
    <>
      <Inside key={business.value.id} />
      {isSessionOver.value && <div class="over-all"><LoginPage isAgain /></div>}
    </>
  );
}

// The worker waits until the first view has settled: it must not take the line from it.
if ('serviceWorker' in navigator) setTimeout(() => void navigator.serviceWorker.register('/sw.js').catch(() => undefined), 6000);

// Who is here and what waits are asked side by side: this device remembers which business it showed last.
function askAhead(): void {
  const business = route.value.business ?? localStorage.getItem('business');
  if (!business || route.value.page !== 'inbox') return;
  setBusiness(business);
  void inbox.load();
  void inbox.loadCounts();
  open(route.value.id);
}

void restoreLook().then(() => {
  render(<App />, document.getElementById('app')!);
  void resume();
  askAhead();
});
