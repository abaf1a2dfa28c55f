const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether it is a day of the calendar; leap days are believed in years that have one. */
export const isDate = (year: number, month: number, day: number): boolean => {
  const days = DAYS[month - 1];
  if (days === undefined || day < 1 || day > days) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
};

/** The year of birth in the sample of GB 11643. */
const OLDEST = 1880;
const NEWEST = 2035;

/** Whether somebody alive, or nearly, can be born on it. */
export const isBirthDate = (year: number, month: number, day: number): boolean =>
  year >= OLDEST && year <= NEWEST && isDate(year, month, day);
