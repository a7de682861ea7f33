import dev.varve.api.EntryOp.Kind;

//// Live
@Schema(prefix = "links")
record Link(@Key String slug, @Required String title, int visits) {}
{
    varve.repository(Link.class).insert(new Link("dust", "Dust", 0));
}
