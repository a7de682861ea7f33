//// Testing
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, int visits) {}
