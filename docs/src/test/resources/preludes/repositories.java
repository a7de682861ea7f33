//// Where they are kept
// not run: it leaves a directory open
Properties properties = new Properties();
String token = "secret";
Path directory = Path.of("data");
URI url = URI.create("http://127.0.0.1:4437");
//// Input that nobody has looked at yet
Repository<Link> links = store.repository(Link.class);
Map<String, Object> form = Map.of("slug", "dust", "title", "Dust", "url", "https://example.org");
