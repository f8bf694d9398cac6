// One bar for what just happened: with undo for ten seconds, which stand still under pointer and focus.
import { useEffect, useRef, useState } from 'preact/hooks';
import { notice } from '../state/acts';
import { t } from '../words';
import { IconButton } from './basics';
import { Icon } from './icon';

export function NoticeBar() {
  const now = notice.value;
  const [isHeld, hold] = useState(false);
  const left = useRef(0);
  useEffect(() => {
    left.current = 10_000;
  }, [now]);
  useEffect(() => {
    if (!now || isHeld || now.isBad) return;
    const start = Date.now();
    const timer = setTimeout(() => (notice.value = null), left.current);
    return () => {
      clearTimeout(timer);
      left.current = Math.max(1500, left.current - (Date.now() - start));
    };
  }, [now, isHeld]);
  return (
    <div class="notice-place" role={now?.isBad ? 'alert' : 'status'} aria-live={now?.isBad ? 'assertive' : 'polite'}>
      {now && (
        <div
          class={now.isBad ? 'notice bad' : 'notice'}
          onPointerEnter={() => hold(true)}
          onPointerLeave={() => hold(false)}
          onFocusCapture={() => hold(true)}
          onBlurCapture={() => hold(false)}
        >
          {now.isBad && <Icon name="bang" />}
          <span>{now.text}</span>
          {now.act && <button type="button" class="notice-act" onClick={now.act.run}>{now.act.label}</button>}
          {now.link && <a class="notice-act" href={now.link.href} target="_blank" rel="noopener noreferrer">{now.link.label}</a>}
          <IconButton icon="close" label={t('act.close')} onClick={() => (notice.value = null)} />
        </div>
      )}
    </div>
  );
}
