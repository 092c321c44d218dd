/** How a process ends for what a person can mend: a setting, a port, a game file. */
export const EXIT_FOR_PERSON = 2;
/** How `warren loadtest` ends when a threshold was crossed. */
export const EXIT_FOR_THRESHOLD = 99;
