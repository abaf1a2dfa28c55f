// A real single OpenSearch node in this JVM: args = httpPort dataDir
import java.nio.file.*;
import java.util.*;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.*;
import org.opensearch.plugins.PluginInfo;

public class Store extends Node {
    static PluginInfo mod(String cls, String... ext) {
        return new PluginInfo(cls, "module", "3", Version.CURRENT, "21", cls, null, List.of(ext), false);
    }
    Store(Settings s) {
        super(InternalSettingsPreparer.prepareEnvironment(s, Map.of(), null, () -> "store"), List.of(
            mod("org.opensearch.transport.Netty4ModulePlugin"),
            mod("org.opensearch.analysis.common.CommonAnalysisModulePlugin"),
            mod("org.opensearch.painless.PainlessModulePlugin"),
            mod("org.opensearch.script.mustache.MustacheModulePlugin"),
            mod("org.opensearch.index.mapper.MapperExtrasModulePlugin"),
            mod("org.opensearch.index.reindex.ReindexModulePlugin"),
            mod("org.opensearch.ingest.common.IngestCommonModulePlugin", "org.opensearch.painless.PainlessModulePlugin"),
            mod("org.opensearch.ingest.useragent.IngestUserAgentModulePlugin")
        ), false);
    }
    public static void main(String[] a) throws Exception {
        Path home = Path.of(a[1]).toAbsolutePath();
        Files.createDirectories(home.resolve("config"));
        Node n = new Store(Settings.builder()
            .put("path.home", home).put("cluster.name", "store").put("node.name", "store")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1").put("http.port", a[0]).put("transport.port", "0")
            .put("http.type", "netty4").put("transport.type", "netty4")
            .put("node.attr.temp", "hot")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build());
        n.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { n.close(); } catch (Exception e) { } }));
        System.out.println("store ready on 127.0.0.1:" + a[0] + " OpenSearch " + Version.CURRENT);
        Thread.currentThread().join();
    }
}
