departed_at >= as_of() - {{interval this}}
