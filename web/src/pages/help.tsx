// The sheet of keys: shows the table that the handler reads.
import { areKeysOn, BINDINGS, isHelpOpen, setKeys, type Place } from '../keys';
import { Sheet } from '../ui/layers';
import { t, type Key } from '../words';

const GROUPS: { place: Place; label: Key }[] = [
  { place: 'list', label: 'help.list' },
  { place: 'thread', label: 'help.thread' },
  { place: 'anywhere', label: 'help.anywhere' },
];

export function HelpSheet() {
  return (
    <Sheet title={t('help.title')} onClose={() => (isHelpOpen.value = false)} wide>
      <div class="help-groups">
        {GROUPS.map(({ place, label }) => (
          <section key={place}>
            <h3>{t(label)}</h3>
            <dl class="help-keys">
              {BINDINGS.filter((b) => b.place === place).map((b) => (
                <div key={b.label}>
                  <dt>{t(b.label)}</dt>
                  <dd>{b.shown.split(' ').map((k) => <kbd key={k}>{k}</kbd>)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label class="switch">
        <input type="checkbox" checked={areKeysOn.value} onChange={(e) => setKeys(e.currentTarget.checked)} />
        <span>{t('help.single_keys')}</span>
      </label>
    </Sheet>
  );
}
