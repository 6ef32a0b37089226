{{ident time}} >= as_of() - {{interval window}}
