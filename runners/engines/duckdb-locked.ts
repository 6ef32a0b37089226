/** DuckDB locks a file for whoever writes it; this is what it says to others. */
export const isLocked = (message: string): boolean => /could not set lock|conflicting lock|being used by another process/i.test(message);
