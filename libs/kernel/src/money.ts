import { AppError } from './app-error.js';

/** Millionths of a US dollar, always a safe integer. */
export type MicroUsd = number;

const MICROS_PER_USD = 1_000_000;

/** Rounds up, so that a limit or a price is never under-stated by the conversion. */
export function microsFromUsd(usd: number): MicroUsd {
  const micros = Math.ceil(Number((usd * MICROS_PER_USD).toFixed(3)));
  if (!Number.isSafeInteger(micros))
    throw new AppError('invalid', 'kernel.money_range', `${usd} USD is out of range`);
  return micros;
}

/** `12_500` → `"0.0125"`; an exact decimal string without trailing zeros beyond cents, as the API sends money. */
export function usdFromMicros(micros: MicroUsd): string {
  const sign = micros < 0 ? '-' : '';
  const abs = Math.abs(micros);
  const fraction = String(abs % MICROS_PER_USD)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${sign}${Math.floor(abs / MICROS_PER_USD)}.${fraction}`;
}

/** `$0.0041` under a dollar (4 decimals), `$50.00` from there: how people see money. */
export function showUsd(micros: MicroUsd): string {
  const usd = micros / MICROS_PER_USD;
  return `$${usd.toFixed(Math.abs(usd) < 1 && micros !== 0 ? 4 : 2)}`;
}
