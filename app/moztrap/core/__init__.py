"""What every app stands on: records, actions, policies, pages, health."""
