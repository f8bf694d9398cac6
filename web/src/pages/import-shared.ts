import { date } from '../format';
import { t } from '../words';

export const upTo = (at: string | null | undefined) => (at ? t('import.up_to', { date: date(at) }) : '');
