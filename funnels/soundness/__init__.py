"""What keeps a draft from being published, beside what `funnels.readiness` asks itself."""
