"""Whether a genome can be scanned: what is refused, dropped, and worth a remark."""
