"""What makes derived values stale: the rules, the triggers made from them, and the marks they leave."""
