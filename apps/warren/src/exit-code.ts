/** How a process ends for what a person can mend: a setting, a port, a game file. */
export const EXIT_FOR_PERSON = 2;
