"""What comes in: scenes, winds, facility lists, samples."""
