// A file on its way up, being read, or stopped.
import { useEffect, useState } from 'preact/hooks';
import { size } from '../format';
import { href } from '../router';
import { upload as putUp, type Upload } from '../state/uploads';
import { complain } from '../state/acts';
import { Button, ErrorBox } from '../ui/basics';
import { number, t, type Key } from '../words';
import type { Archive } from '../types';
import { upTo } from './import-shared';

export function Bar({ share, label }: { share: number | null; label: string }) {
  const percent = share === null ? null : Math.min(100, Math.floor(share * 100));
  // spoken at quarters only
  const quarter = percent === null ? 0 : Math.floor(percent / 25) * 25;
  return (
    <>
      <div class="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent ?? undefined}>
        <i style={{ width: `${percent ?? 100}%` }} class={percent === null ? 'unknown' : ''} />
      </div>
      <span class="hidden" role="status">{quarter ? t('import.percent', { n: quarter }) : ''}</span>
    </>
  );
}

function remaining(startedAt: number, share: number): string {
  if (share < 0.03) return '';
  const seconds = Math.round(((Date.now() - startedAt) / share / 1000) * (1 - share));
  if (seconds < 2) return '';
  return seconds < 90 ? t('import.seconds_left', { n: seconds }) : t('import.minutes_left', { n: Math.round(seconds / 60) });
}

export function Uploading({ archive: a, upload, onStop }: { archive: Archive; upload: Upload | null; onStop: () => void }) {
  const share = a.size ? (upload?.sent ?? a.received) / a.size : 0;
  const again = (files: FileList | null) => {
    const file = files?.[0];
    if (!file) return;
    if (file.name !== a.file_name || file.size !== a.size) return complain(new Error(t('import.other_file', { name: a.file_name })));
    void putUp(file).catch(complain);
  };
  return (
    <div class="archive-body">
      <p class="figure">{size(upload?.sent ?? a.received)}</p>
      <p class="soft">{t('import.uploaded_of', { size: size(a.size) })}</p>
      <Bar share={share} label={t('import.uploading')} />
      <p class="between">
        <span>{upload?.isWaiting ? t('import.line_cut') : upload ? `${Math.floor(share * 100)} % ${remaining(upload.startedAt, share)}` : t('import.stopped_at', { n: Math.floor(share * 100) })}</span>
      </p>
      {upload?.problem && <ErrorBox text={upload.problem.message} code={upload.problem.code} />}
      {(!upload || upload.problem) && (
        <label class="button primary h48">
          <input class="hidden" type="file" onChange={(e) => again(e.currentTarget.files)} />
          {t('import.go_on')}
        </label>
      )}
      <Button kind="quiet" class="danger-word" onClick={onStop}>{t('import.stop')}</Button>
    </div>
  );
}

const STAGES: Partial<Record<Archive['state'], Key>> = { queued: 'import.queued', reading: 'import.read_so_far', merging: 'import.merging' };

export function Running({ archive: a, onStop }: { archive: Archive; onStop: () => void }) {
  const [startedAt] = useState(Date.now());
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const p = a.progress ?? {};
  const share = p.bytes_total ? (p.bytes ?? 0) / p.bytes_total : null;
  return (
    <div class="archive-body">
      <p class="figure">{number(p.messages ?? 0)}</p>
      <p class="soft">{t(STAGES[a.state] ?? 'import.read_so_far')}</p>
      <Bar share={share} label={t('import.title')} />
      <p class="between">
        <span>{share === null ? '' : `${Math.floor(share * 100)} % ${remaining(startedAt, share)}`}</span>
        <span>{upTo(p.up_to)}</span>
      </p>
      <p class="soft">{t('import.may_close')}</p>
      <a class="button plain h48" href={href('inbox')}>{t('import.see_so_far')}</a>
      <Button kind="quiet" class="danger-word" onClick={onStop}>{t('import.stop')}</Button>
    </div>
  );
}

const FAULTS: Record<string, Key> = {
  bad_file: 'import.fault.bad_file', too_large: 'import.fault.too_large', unknown_format: 'import.fault.unknown',
  wrong_format: 'import.fault.unknown', not_possible: 'import.fault.unknown', encrypted: 'import.fault.encrypted',
};

export function Failed({ archive: a }: { archive: Archive }) {
  const e = a.error;
  return (
    <div class="archive-body">
      <ErrorBox text={t(e?.detail?.startsWith('no column') ? 'import.fault.columns' : FAULTS[e?.code ?? ''] ?? 'import.fault.other')} code={e?.code} />
      {e?.line ? <p>{t('import.fault.line', { n: e.line })}</p> : null}
      <p class="soft">{t('import.fault.kept')}</p>
    </div>
  );
}
