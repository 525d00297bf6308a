"""What people type on circulation's pages."""
