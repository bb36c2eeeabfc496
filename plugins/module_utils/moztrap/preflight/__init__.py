"""What can be wrong before anything is touched. Runs on the controller alone."""
